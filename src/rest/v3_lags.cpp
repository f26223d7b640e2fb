// How far behind a consumer group is: committed offsets against the ends of what readers of committed records see.
#include <algorithm>

#include "base/text.h"
#include "rest/v3_answers.h"
#include "rest/v3_group.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

struct Lag {
    broker::TopicPartition partition;
    const GroupView::Member* member = nullptr;  // whom it is assigned to, or null
    int64_t committed = 0;
    int64_t end = 0;
    int64_t records() const { return end - committed; }
};

// Of the partitions that have a committed offset and are still there.
std::vector<Lag> lags_of(const V3Call& call, const GroupView& group) {
    std::vector<Lag> lags;
    for (const broker::FetchedOffset& each : call.site.groups->fetch(group.id, std::nullopt, false)) {
        const auto topic = call.site.topics.find(each.partition.topic);
        const auto index = static_cast<size_t>(each.partition.partition);
        if (each.error != broker::GroupError::none || each.committed.offset < 0) continue;
        if (!topic || index >= topic->partitions.size()) continue;
        lags.push_back({each.partition, group.owner(each.partition), each.committed.offset,
                        topic->partitions[index]->last_stable_offset()});
    }
    std::ranges::sort(lags, {}, &Lag::partition);
    return lags;
}

// "consumer_id":…, instance, client: with a word in front of each.
void append_member(JsonWriter& json, std::string_view prefix, const GroupView::Member* member) {
    json.key(fmt::format("{}consumer_id", prefix)).string(member == nullptr ? "" : member->id);
    json.key(fmt::format("{}instance_id", prefix));
    member != nullptr && member->instance_id ? json.string(*member->instance_id) : json.null();
    json.key(fmt::format("{}client_id", prefix)).string(member == nullptr ? "" : member->client_id);
}

void append_lag(JsonWriter& json, const V3Call& call, const GroupView& group, const Lag& lag) {
    const std::string& topic = lag.partition.topic;
    const std::string id = std::to_string(lag.partition.partition);
    call.links.begin(json, "KafkaConsumerLag", {"consumer-groups", group.id, "lags", topic, "partitions", id},
                     {"consumer-group", group.id, "lag", topic, "partition", id});
    json.key("consumer_group_id").string(group.id).key("topic_name").string(topic);
    json.key("partition_id").number(lag.partition.partition);
    append_member(json, "", lag.member);
    json.key("current_offset").number(lag.committed).key("log_end_offset").number(lag.end);
    json.key("lag").number(lag.records()).end_object();
}

}  // namespace

net::Response list_lags(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const auto lags = lags_of(call, *group);
    if (lags.empty()) return v3_refuse({404, 404, "Consumer lags not found."});
    JsonWriter json;
    V3Links::begin_list(json, "KafkaConsumerLagList", call.links.url({"consumer-groups", group->id, "lags"}));
    for (const Lag& each : lags) append_lag(json, call, *group, each);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_lag(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const auto lags = lags_of(call, *group);
    const auto found = std::ranges::find_if(lags, [&](const Lag& each) {
        return each.partition.topic == call.names[1] && std::to_string(each.partition.partition) == call.names[2];
    });
    if (found == lags.end()) return v3_plain_error(404);
    JsonWriter json;
    append_lag(json, call, *group, *found);
    return v3_answer(std::move(json).text());
}

net::Response get_lag_summary(const V3Call& call) {
    const auto group = find_group(call.site, call.names[0]);
    if (!group) return v3_refuse(no_such_group());
    const auto lags = lags_of(call, *group);
    if (lags.empty()) return v3_refuse({404, 404, "Consumer lags not found."});
    const Lag& most = *std::ranges::max_element(lags, {}, &Lag::records);
    int64_t total = 0;
    for (const Lag& each : lags) total += each.records();
    const std::string partition = std::to_string(most.partition.partition);
    JsonWriter json;
    call.links.begin(json, "KafkaConsumerGroupLagSummary", {"consumer-groups", group->id, "lag-summary"},
                     {"consumer-group", group->id, "lag-summary"});
    json.key("consumer_group_id").string(group->id);
    append_member(json, "max_lag_", most.member);
    json.key("max_lag_topic_name").string(most.partition.topic);
    json.key("max_lag_partition_id").number(most.partition.partition);
    json.key("max_lag").number(most.records()).key("total_lag").number(total);
    call.links.relate(json, "max_lag_consumer",
                      {"consumer-groups", group->id, "consumers", most.member == nullptr ? "" : most.member->id});
    call.links.relate(json, "max_lag_partition", {"topics", most.partition.topic, "partitions", partition});
    json.end_object();
    return v3_answer(std::move(json).text());
}

}  // namespace pinflow::rest
