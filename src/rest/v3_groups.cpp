// Consumer groups, their members and what is assigned to these.
#include "base/text.h"
#include "rest/v3_answers.h"
#include "rest/v3_group.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

void append_group(JsonWriter& json, const V3Call& call, const GroupView& group) {
    const V3Links& links = call.links;
    links.begin(json, "KafkaConsumerGroup", {"consumer-groups", group.id}, {"consumer-group", group.id});
    json.key("consumer_group_id").string(group.id).key("is_simple").boolean(group.is_simple);
    json.key("partition_assignor").string(group.assignor).key("state").string(group.state);
    json.key("type").string(group.type).key("is_mixed_consumer_group").boolean(false);
    links.relate(json, "coordinator", {"brokers", std::to_string(call.site.broker_id)});
    links.relate(json, "consumers", {"consumer-groups", group.id, "consumers"});
    links.relate(json, "lag_summary", {"consumer-groups", group.id, "lag-summary"});
    json.end_object();
}

void append_consumer(JsonWriter& json, const V3Call& call, const GroupView& group, const GroupView::Member& member) {
    call.links.begin(json, "KafkaConsumer", {"consumer-groups", group.id, "consumers", member.id},
                     {"consumer-group", group.id, "consumer", member.id});
    json.key("consumer_group_id").string(group.id).key("consumer_id").string(member.id).key("instance_id");
    member.instance_id ? json.string(*member.instance_id) : json.null();
    json.key("client_id").string(member.client_id);
    call.links.relate(json, "assignments", {"consumer-groups", group.id, "consumers", member.id, "assignments"});
    json.end_object();
}

void append_assignment(JsonWriter& json, const V3Call& call, const GroupView& group, const GroupView::Member& member,
                       const broker::TopicPartition& assigned) {
    const std::string id = std::to_string(assigned.partition);
    const V3Links& links = call.links;
    links.begin(json, "KafkaConsumerAssignment",
                {"consumer-groups", group.id, "consumers", member.id, "assignments", assigned.topic, "partitions", id},
                {"consumer-group", group.id, "consumer", member.id, "assignment", assigned.topic, "partition", id});
    json.key("consumer_group_id").string(group.id).key("consumer_id").string(member.id);
    json.key("topic_name").string(assigned.topic).key("partition_id").number(assigned.partition);
    links.relate(json, "partition", {"topics", assigned.topic, "partitions", id});
    links.relate(json, "lag", {"consumer-groups", group.id, "lags", assigned.topic, "partitions", id});
    json.end_object();
}

}  // namespace

net::Response list_groups(const V3Call& call) {
    JsonWriter json;
    V3Links::begin_list(json, "KafkaConsumerGroupList", call.links.url({"consumer-groups"}));
    for (const broker::ListedGroup& each : call.site.groups->list())
        if (const auto group = find_group(call.site, each.id)) append_group(json, call, *group);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_group(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    JsonWriter json;
    append_group(json, call, *group);
    return v3_answer(std::move(json).text());
}

net::Response list_consumers(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaConsumerList", call.links.url({"consumer-groups", group->id, "consumers"}));
    for (const GroupView::Member& member : group->members) append_consumer(json, call, *group, member);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_consumer(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const GroupView::Member* const member = group->find(call.names[1]);
    if (member == nullptr) return v3_plain_error(404);
    JsonWriter json;
    append_consumer(json, call, *group, *member);
    return v3_answer(std::move(json).text());
}

net::Response list_assignments(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const GroupView::Member* const member = group->find(call.names[1]);
    if (member == nullptr) return v3_plain_error(404);
    JsonWriter json;
    V3Links::begin_list(json, "KafkaConsumerAssignmentList",
                        call.links.url({"consumer-groups", group->id, "consumers", member->id, "assignments"}));
    for (const broker::TopicPartition& each : member->assigned) append_assignment(json, call, *group, *member, each);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_assignment(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const GroupView::Member* const member = group->find(call.names[1]);
    const auto partition = parse_int(call.names[3]).value_or(-1);
    if (member == nullptr || partition < 0 || partition > INT32_MAX) return v3_plain_error(404);
    const broker::TopicPartition assigned{call.names[2], static_cast<int32_t>(partition)};
    if (!member->assigned.contains(assigned)) return v3_plain_error(404);
    JsonWriter json;
    append_assignment(json, call, *group, *member, assigned);
    return v3_answer(std::move(json).text());
}

}  // namespace pinflow::rest
