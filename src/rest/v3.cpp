#include "rest/v3.h"

#include "base/text.h"
#include "rest/record_batch.h"
#include "rest/record_stream.h"
#include "rest/v3_answers.h"
#include "rest/v3_handlers.h"
#include "rest/whole_body.h"

namespace pinflow::rest {

namespace {

constexpr size_t fixed_segments = 3;  // v3, clusters, the cluster's id

struct Route {
    std::string_view method;
    std::string_view pattern;  // behind /v3/clusters/{id}; a star stands for any segment
    net::Response (*answer)(const V3Call&);
    bool waits = false;  // for the disk
};

// The first that fits counts.
constexpr Route routes[] = {
    {"GET", "", get_cluster},
    {"GET", "brokers", list_brokers},
    {"GET", "brokers/-/configs", list_broker_configs},
    {"GET", "brokers/*", get_broker},
    {"GET", "brokers/*/configs", list_broker_configs},
    {"GET", "brokers/*/configs/*", get_broker_config},
    {"PUT", "brokers/*/configs/*", refuse_broker_changes},
    {"DELETE", "brokers/*/configs/*", refuse_broker_changes},
    {"POST", "brokers/*/configs:alter", refuse_broker_changes},
    {"GET", "brokers/*/partition-replicas", list_broker_replicas},
    {"GET", "broker-configs", list_cluster_configs},
    {"GET", "broker-configs/*", list_cluster_configs},
    {"PUT", "broker-configs/*", refuse_broker_changes},
    {"DELETE", "broker-configs/*", refuse_broker_changes},
    {"POST", "broker-configs:alter", refuse_broker_changes},
    {"GET", "acls", list_acls},
    {"POST", "acls", create_acl, true},
    {"DELETE", "acls", delete_acls, true},
    {"POST", "acls:batch", create_acls, true},
    {"GET", "topics", list_topics},
    {"POST", "topics", create_topic, true},
    {"GET", "topics/-/configs", list_all_topic_configs},
    {"GET", "topics/-/partitions/-/reassignment", list_reassignments},
    {"GET", "topics/*", get_topic},
    {"PATCH", "topics/*", add_partitions, true},
    {"DELETE", "topics/*", delete_topic, true},
    {"GET", "topics/*/configs", list_topic_configs},
    {"POST", "topics/*/configs:alter", alter_topic_configs, true},
    {"GET", "topics/*/configs/*", get_topic_config},
    {"PUT", "topics/*/configs/*", put_topic_config, true},
    {"DELETE", "topics/*/configs/*", delete_topic_config, true},
    {"GET", "topics/*/partitions", list_partitions},
    {"GET", "topics/*/partitions/-/reassignment", list_reassignments},
    {"GET", "topics/*/partitions/*", get_partition},
    {"GET", "topics/*/partitions/*/offset", get_offsets},
    {"GET", "topics/*/partitions/*/reassignment", get_reassignment},
    {"GET", "topics/*/partitions/*/replicas", list_replicas},
    {"GET", "topics/*/partitions/*/replicas/*", get_replica},
    {"GET", "consumer-groups", list_groups},
    {"GET", "consumer-groups/*", get_group},
    {"GET", "consumer-groups/*/consumers", list_consumers},
    {"GET", "consumer-groups/*/consumers/*", get_consumer},
    {"GET", "consumer-groups/*/consumers/*/assignments", list_assignments},
    {"GET", "consumer-groups/*/consumers/*/assignments/*/partitions/*", get_assignment},
    {"GET", "consumer-groups/*/lags", list_lags},
    {"GET", "consumer-groups/*/lags/*/partitions/*", get_lag},
    {"GET", "consumer-groups/*/lag-summary", get_lag_summary},
};

bool matches(std::string_view pattern, V3::Segments path, std::vector<std::string>& names) {
    names.clear();
    const auto wanted = split(pattern, '/');
    if (pattern.empty() ? !path.empty() : wanted.size() != path.size()) return false;
    for (size_t i = 0; i < path.size(); ++i) {
        if (wanted[i] == "*")
            names.emplace_back(path[i]);
        else if (wanted[i] != path[i])
            return false;
    }
    return true;
}

bool is_records(V3::Segments path) {
    return path.size() == fixed_segments + 3 && path[1] == "clusters" && path[3] == "topics" && path[5] == "records";
}

bool is_batch(V3::Segments path) {
    return path.size() == fixed_segments + 3 && path[1] == "clusters" && path[3] == "topics" &&
           path[5] == "records:batch";
}

// Null: there is none; `known` if the path has others.
const Route* find_route(const net::Request& request, V3::Segments path, std::vector<std::string>& names, bool& known) {
    const std::string_view method = request.method == "HEAD" ? "GET" : request.method;
    for (const Route& route : routes) {
        if (!matches(route.pattern, path.subspan(fixed_segments), names)) continue;
        known = true;
        if (route.method == method) return &route;
    }
    return nullptr;
}

Refusal no_such_cluster(std::string_view id) {
    return {404, 404, fmt::format("Cluster {} cannot be found.", shown(id))};
}

}  // namespace

void V3::handle(net::Exchange& exchange, Segments path) {
    const net::Request& request = exchange.request();
    const bool get = request.method == "GET" || request.method == "HEAD";
    if (path.size() < 2 || path[1] != "clusters") return exchange.reply(v3_plain_error(404));
    if (is_records(path)) {
        exchange.count_as("v3.records");
        return produce_whole(exchange, path);
    }
    if (is_batch(path)) {
        if (auto refused = refuse_records(request, path)) return exchange.reply(std::move(*refused));
        exchange.count_as("v3.records:batch");
        return produce_batch(exchange, site_, std::string(path[4]));
    }
    if (!accepts_v3_json(request.header("accept"))) return exchange.reply(v3_plain_error(406));
    if (path.size() == 2) {
        if (!get) return exchange.reply(v3_plain_error(405));
        return exchange.reply(list_clusters({site_, request, {request, path.size(), site_.cluster_id}, {}}));
    }
    std::vector<std::string> names;
    bool known = false;
    const Route* const route = find_route(request, path, names, known);
    if (route == nullptr) return exchange.reply(v3_plain_error(known ? 405 : 404));
    if (path[2] != site_.cluster_id) return exchange.reply(v3_refuse(no_such_cluster(path[2])));
    const bool has_body = !trim(request.body).empty();
    if (has_body && !is_v3_type(request.header("content-type"))) return exchange.reply(v3_plain_error(415));
    auto job = [this, &exchange, route, names = std::move(names), segments = path.size()]() mutable {
        const net::Request& asked = exchange.request();
        exchange.reply(route->answer({site_, asked, {asked, segments, site_.cluster_id}, std::move(names)}));
    };
    route->waits&& site_.workers != nullptr ? site_.workers->run(std::move(job)) : job();
}

// ---- records

bool V3::takes_stream(const net::Request& request, Segments path) {
    return request.method == "POST" && is_records(path);
}

std::optional<net::Response> V3::refuse_records(const net::Request& request, Segments path) const {
    if (request.method != "POST") return v3_plain_error(405);
    if (!is_v3_type(request.header("content-type"))) return v3_plain_error(415);
    if (!accepts_v3_json(request.header("accept"))) return v3_plain_error(406);
    if (path[2] != site_.cluster_id) return v3_refuse(no_such_cluster(path[2]));
    return std::nullopt;
}

std::shared_ptr<net::StreamTaker> V3::open_stream(net::Stream& stream, Segments path) {
    if (auto refused = refuse_records(stream.request(), path)) {
        stream.reply(std::move(*refused));
        return nullptr;
    }
    return std::make_shared<RecordStream>(stream, site_, std::string(path[4]));
}

// A body that is empty, or that was compressed.
void V3::produce_whole(net::Exchange& exchange, Segments path) {
    if (auto refused = refuse_records(exchange.request(), path)) return exchange.reply(std::move(*refused));
    if (trim(exchange.request().body).empty())
        return exchange.reply(v3_refuse({422, 422, "Payload error. Request body is empty. Data is required."}));
    constexpr size_t most_records = 65'536;  // a little of a compressed body may be very many
    if (RecordEnds().find(exchange.request().body, most_records + 1).size() > most_records)
        return exchange.reply(v3_refuse(
            {413, 413,
             fmt::format("A compressed body may have at most {} records: send them uncompressed.", most_records)}));
    WholeBody::stream(exchange, site_.workers, [this, topic = std::string(path[4])](net::Stream& stream) {
        return std::make_shared<RecordStream>(stream, site_, topic);
    });
}

}  // namespace pinflow::rest
