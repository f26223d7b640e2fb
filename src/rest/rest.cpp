#include "rest/rest.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "rest/consumers.h"
#include "rest/v3.h"

namespace pinflow::rest {
namespace {

void append_partition(JsonWriter& json, int32_t partition, int32_t broker) {
    json.begin_object().key("partition").number(partition).key("leader").number(broker).key("replicas").begin_array();
    json.begin_object().key("broker").number(broker).key("leader").boolean(true).key("in_sync").boolean(true);
    json.end_object().end_array().end_object();
}

Refusal not_served(std::string_view resource) {
    return {501, 50101, fmt::format("/{} is not served here.", resource)};
}

// A path parameter of type int: what does not parse is no such resource.
std::optional<int32_t> partition_number(std::string_view segment) {
    const auto number = parse_int(segment);
    if (!number || *number < INT32_MIN || *number > INT32_MAX) return std::nullopt;
    return static_cast<int32_t>(*number);
}

}  // namespace

Rest::Rest(broker::Topics& topics, Clock& clock, RestOptions options)
    : topics_(topics), clock_(clock), options_(options) {}

void Rest::handle(net::Exchange& exchange, Segments path) {
    const net::Request& request = exchange.request();
    const bool get = request.method == "GET" || request.method == "HEAD";
    if (path.empty()) return exchange.reply(get || request.method == "POST" ? answer("{}") : plain_error(405));
    if (path[0] == "topics") return handle_topics(exchange, path);
    if (path[0] == "brokers" && path.size() == 1) {
        if (!get) return exchange.reply(plain_error(405));
        exchange.count_as("brokers.read");
        return exchange.reply(answer(fmt::format("{{\"brokers\":[{}]}}", options_.broker_id)));
    }
    if (path[0] == "consumers" && options_.consumers != nullptr) return options_.consumers->handle(exchange, path);
    if (path[0] == "v3" && options_.v3 != nullptr) {
        exchange.count_as(get ? "v3.read" : "v3.change");
        return options_.v3->handle(exchange, path);
    }
    if (path[0] == "consumers" || path[0] == "v3") return exchange.reply(answer(not_served(path[0])));
    exchange.reply(plain_error(404));
}

bool Rest::takes_stream(const net::Request& request, Segments path) const {
    return options_.v3 != nullptr && !path.empty() && path[0] == "v3" && V3::takes_stream(request, path);
}

std::shared_ptr<net::StreamTaker> Rest::open_stream(net::Stream& stream, Segments path) {
    stream.count_as("v3.records");
    return options_.v3->open_stream(stream, path);
}

void Rest::handle_topics(net::Exchange& exchange, Segments path) {
    const net::Request& request = exchange.request();
    const bool get = request.method == "GET" || request.method == "HEAD";
    const bool produces = request.method == "POST" && path.size() == 2;
    if (path.size() >= 3) return handle_partitions(exchange, path);
    if (!get && !produces) return exchange.reply(plain_error(405));
    if (!accepts_v2_json(request.header("accept"))) return exchange.reply(plain_error(406));
    exchange.count_as(produces ? "topics.produce" : "topics.read");
    if (produces) return produce(exchange, {path[1]});
    exchange.reply(path.size() == 1 ? list_topics() : describe_topic(path[1]));
}

// /topics/{t}/partitions[/{p}[/offsets]]
void Rest::handle_partitions(net::Exchange& exchange, Segments path) {
    const net::Request& request = exchange.request();
    const auto partition = path.size() > 3 ? partition_number(path[3]) : std::optional<int32_t>(-1);
    const bool offsets = path.size() == 5 && path[4] == "offsets";
    if (path[2] != "partitions" || !partition || path.size() > 5 || (path.size() == 5 && !offsets))
        return exchange.reply(plain_error(404));
    const bool get = request.method == "GET" || request.method == "HEAD";
    const bool produces = request.method == "POST" && path.size() == 4;
    if (!get && !produces) return exchange.reply(plain_error(405));
    if (!accepts_v2_json(request.header("accept"))) return exchange.reply(plain_error(406));
    exchange.count_as(produces ? "topics.produce" : "topics.read");
    if (produces && *partition < 0) return exchange.reply(answer(partition_not_found()));
    if (produces) return produce(exchange, {path[1], *partition});
    exchange.reply(path.size() == 3 ? describe_partitions(path[1]) : describe_partition(path[1], *partition, offsets));
}

net::Response Rest::list_topics() const {
    JsonWriter json;
    json.begin_array();
    for (const broker::TopicPtr& topic : topics_.list()) json.string(topic->name);
    json.end_array();
    return answer(std::move(json).text());
}

net::Response Rest::describe_topic(std::string_view name) const {
    const broker::TopicPtr topic = topics_.find(name);
    if (!topic) return answer(topic_not_found());
    JsonWriter json;
    json.begin_object().key("name").string(topic->name).key("configs").begin_object();
    if (!topic->partitions.empty())
        for (const auto& [key, value] : log::settings_of(topic->partitions.front()->config()))
            json.key(key).string(value);
    json.end_object().key("partitions").begin_array();
    for (const auto& partition : topic->partitions) append_partition(json, partition->index(), options_.broker_id);
    json.end_array().end_object();
    return answer(std::move(json).text());
}

net::Response Rest::describe_partitions(std::string_view name) const {
    const broker::TopicPtr topic = topics_.find(name);
    if (!topic) return answer(topic_not_found());
    JsonWriter json;
    json.begin_array();
    for (const auto& partition : topic->partitions) append_partition(json, partition->index(), options_.broker_id);
    json.end_array();
    return answer(std::move(json).text());
}

net::Response Rest::describe_partition(std::string_view name, int32_t number, bool offsets) const {
    const broker::TopicPtr topic = topics_.find(name);
    if (!topic) return answer(topic_not_found());
    if (number < 0 || static_cast<size_t>(number) >= topic->partitions.size()) return answer(partition_not_found());
    const log::Partition& partition = *topic->partitions[static_cast<size_t>(number)];
    JsonWriter json;
    if (offsets) {
        json.begin_object().key("beginning_offset").number(partition.start_offset());
        json.key("end_offset").number(partition.stable_offset()).end_object();
    } else {
        append_partition(json, number, options_.broker_id);
    }
    return answer(std::move(json).text());
}

}  // namespace pinflow::rest
