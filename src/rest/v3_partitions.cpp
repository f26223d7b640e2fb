// Partitions and their one replica.
#include "base/text.h"
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

// The partition that the path names: behind its topic.
std::shared_ptr<log::Partition> find_partition(const V3Call& call) {
    const auto topic = call.site.topics.find(call.names[0]);
    const auto number = parse_int(call.names[1]);
    if (!topic || !number || *number < 0 || static_cast<size_t>(*number) >= topic->partitions.size()) return nullptr;
    return topic->partitions[static_cast<size_t>(*number)];
}

void append_partition(JsonWriter& json, const V3Call& call, const log::Partition& partition) {
    const std::string& topic = partition.topic();
    const std::string id = std::to_string(partition.index());
    const V3Links& links = call.links;
    links.begin(json, "KafkaPartition", {"topics", topic, "partitions", id}, {"topic", topic, "partition", id});
    json.key("topic_name").string(topic).key("partition_id").number(partition.index());
    links.relate(json, "leader", {"topics", topic, "partitions", id, "replicas", std::to_string(call.site.broker_id)});
    links.relate(json, "replicas", {"topics", topic, "partitions", id, "replicas"});
    links.relate(json, "reassignment", {"topics", topic, "partitions", id, "reassignment"});
    json.end_object();
}

void append_replica(JsonWriter& json, const V3Call& call, const log::Partition& partition) {
    const std::string& topic = partition.topic();
    const std::string id = std::to_string(partition.index());
    const std::string broker = std::to_string(call.site.broker_id);
    call.links.begin(json, "KafkaReplica", {"topics", topic, "partitions", id, "replicas", broker},
                     {"topic", topic, "partition", id, "replica", broker});
    json.key("topic_name").string(topic).key("partition_id").number(partition.index());
    json.key("broker_id").number(call.site.broker_id).key("is_leader").boolean(true).key("is_in_sync").boolean(true);
    call.links.relate(json, "broker", {"brokers", broker});
    json.end_object();
}

}  // namespace

net::Response list_partitions(const V3Call& call) {
    const auto topic = call.site.topics.find(call.names[0]);
    if (!topic) return v3_refuse(no_such_topic());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaPartitionList", call.links.url({"topics", topic->name, "partitions"}));
    for (const auto& partition : topic->partitions) append_partition(json, call, *partition);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_partition(const V3Call& call) {
    const auto partition = find_partition(call);
    if (!partition) return v3_refuse(no_such_topic());
    JsonWriter json;
    append_partition(json, call, *partition);
    return v3_answer(std::move(json).text());
}

net::Response get_offsets(const V3Call& call) {
    const auto partition = find_partition(call);
    if (!partition) return v3_refuse(no_such_topic());
    const std::string id = std::to_string(partition->index());
    JsonWriter json;
    call.links.begin(json, "KafkaPartitionWithOffsets", {"topics", partition->topic(), "partitions", id, "offset"},
                     {"topic", partition->topic(), "partition", id, "offset"});
    json.key("topic_name").string(partition->topic()).key("partition_id").number(partition->index());
    json.key("earliest_offset").number(partition->start_offset());
    json.key("latest_offset").number(partition->stable_offset()).end_object();
    return v3_answer(std::move(json).text());
}

net::Response list_replicas(const V3Call& call) {
    const auto partition = find_partition(call);
    if (!partition) return v3_refuse(no_such_topic());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaReplicaList",
                        call.links.url({"topics", partition->topic(), "partitions", call.names[1], "replicas"}));
    append_replica(json, call, *partition);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_replica(const V3Call& call) {
    const auto partition = find_partition(call);
    if (!partition) return v3_refuse(no_such_topic());
    if (!is_broker(call, call.names[2])) return v3_plain_error(404);
    JsonWriter json;
    append_replica(json, call, *partition);
    return v3_answer(std::move(json).text());
}

net::Response list_broker_replicas(const V3Call& call) {
    if (!is_broker(call, call.names[0])) return v3_plain_error(404);
    JsonWriter json;
    V3Links::begin_list(json, "KafkaReplicaList", call.links.url({"brokers", call.names[0], "partition-replicas"}));
    for (const broker::TopicPtr& topic : call.site.topics.list())
        for (const auto& partition : topic->partitions) append_replica(json, call, *partition);
    return v3_answer(json.end_array().end_object().text());
}

}  // namespace pinflow::rest
