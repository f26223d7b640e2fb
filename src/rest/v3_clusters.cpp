// The cluster, which is this broker.
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"

namespace pinflow::rest {
namespace {

std::string id_of(const V3Call& call) {
    return std::to_string(call.site.broker_id);
}

void append_cluster(JsonWriter& json, const V3Call& call) {
    const V3Links& links = call.links;
    links.begin(json, "KafkaCluster", {}, {});
    links.relate(json, "controller", {"brokers", id_of(call)});
    links.relate(json, "acls", {"acls"});
    links.relate(json, "brokers", {"brokers"});
    links.relate(json, "broker_configs", {"broker-configs"});
    links.relate(json, "consumer_groups", {"consumer-groups"});
    links.relate(json, "topics", {"topics"});
    links.relate(json, "partition_reassignments", {"topics", "-", "partitions", "-", "reassignment"});
    json.end_object();
}

void append_broker(JsonWriter& json, const V3Call& call) {
    const std::string id = id_of(call);
    call.links.begin(json, "KafkaBroker", {"brokers", id}, {"broker", id});
    json.key("broker_id").number(call.site.broker_id);
    if (call.site.broker_address) {
        const auto [host, port] = call.site.broker_address();
        json.key("host").string(host).key("port").number(port);
    }
    call.links.relate(json, "configs", {"brokers", id, "configs"});
    call.links.relate(json, "partition_replicas", {"brokers", id, "partition-replicas"});
    json.end_object();
}

}  // namespace

bool is_broker(const V3Call& call, std::string_view id) {
    return id == id_of(call);
}

net::Response list_clusters(const V3Call& call) {
    JsonWriter json;
    V3Links::begin_list(json, "KafkaClusterList", call.links.clusters());
    append_cluster(json, call);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_cluster(const V3Call& call) {
    JsonWriter json;
    append_cluster(json, call);
    return v3_answer(std::move(json).text());
}

net::Response list_brokers(const V3Call& call) {
    JsonWriter json;
    V3Links::begin_list(json, "KafkaBrokerList", call.links.url({"brokers"}));
    append_broker(json, call);
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_broker(const V3Call& call) {
    if (!is_broker(call, call.names[0])) return v3_plain_error(404);
    JsonWriter json;
    append_broker(json, call);
    return v3_answer(std::move(json).text());
}

// One broker has nothing to move.
net::Response list_reassignments(const V3Call& call) {
    const bool of_topic = !call.names.empty();
    if (of_topic && !call.site.topics.find(call.names[0])) return v3_refuse(no_such_topic());
    JsonWriter json;
    V3Links::begin_list(json, "KafkaReassignmentList",
                        call.links.url({"topics", of_topic ? std::string_view(call.names[0]) : "-", "partitions", "-",
                                        "reassignment"}));
    return v3_answer(json.end_array().end_object().text());
}

net::Response get_reassignment(const V3Call& /*call*/) {
    return v3_plain_error(404);
}

}  // namespace pinflow::rest
