#include "gateway/streams.h"

#include "base/text.h"
#include "gateway/answers.h"
#include "gateway/put_bodies.h"

namespace pinflow::gateway {
namespace {

// One a thread, so that its memory is warm.
PutBody& put_body() {
    static thread_local PutBody instance;
    return instance;
}

bool is_put(std::string_view segment) {
    return segment == "record" || segment == "records";
}

// {"StreamName":…, still open.
JsonWriter template_of(std::string_view stream) {
    JsonWriter request;
    request.begin_object().key("StreamName").string(stream);
    return request;
}

}  // namespace

void Streams::handle(net::Exchange& exchange, std::span<const std::string_view> path) {
    const net::Request& request = exchange.request();
    const std::string_view method = request.method;
    const bool puts = method == "PUT" || method == "POST", gets = method == "GET" || method == "HEAD";
    const std::string asked = request.query.empty() ? "" : request.query_parameter("stream-name");
    if (path.size() == 2 && puts && is_put(path[1])) return put(exchange, path[0], path[1] == "records");
    if (path.size() == 1 && is_put(path[0]) && (method == "PUT" || (puts && !asked.empty())))
        return put(exchange, asked, path[0] == "records");
    if (path.size() == 2 && gets && path[1] == "sharditerator") return get_iterator(exchange, path[0]);
    if (path.size() == 2 && gets && path[1] == "records") return get_records(exchange, path[0]);
    if (path.size() > 1) return refusals_.reply(exchange, missing_token());
    const std::string name = path.empty() ? asked : std::string(path[0]);
    if (gets) return name.empty() ? list(exchange) : act(exchange, "DescribeStream", template_of(name));
    if (name.empty()) return refusals_.reply(exchange, missing_token());
    if (method == "POST") return create(exchange, name);
    if (method == "DELETE") return act(exchange, "DeleteStream", template_of(name));
    refusals_.reply(exchange, missing_token());
}

// As the gateway's integration does it: a template becomes the request of an action.
void Streams::act(net::Exchange& exchange, std::string_view action, JsonWriter request) {
    exchange.count_as(action);
    kinesis_.act(
        action, kinesis::Format::json, request.end_object().text(),
        [&exchange](kinesis::ActionResult<kinesis::Written> result) { exchange.reply(answer(std::move(result))); });
}

void Streams::list(net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    JsonWriter listing;
    listing.begin_object();
    if (const std::string limit = request.query_parameter("Limit"); !limit.empty()) {
        const auto number = parse_int(limit);
        if (!number)
            return exchange.reply(answer(
                std::unexpected(kinesis::serialization_error("STRING_VALUE can not be converted to an Integer"))));
        listing.key("Limit").number(*number);
    }
    for (const char* name : {"ExclusiveStartStreamName", "NextToken"})
        if (const std::string value = request.query_parameter(name); !value.empty()) listing.key(name).string(value);
    act(exchange, "ListStreams", std::move(listing));
}

void Streams::create(net::Exchange& exchange, std::string_view name) {
    constexpr int64_t default_shards = 5;  // the tutorial's template
    const auto shards = shard_count_of(exchange.request().body);
    if (!shards) return refusals_.reply(exchange, shards.error());
    act(exchange, "CreateStream", template_of(name).key("ShardCount").number(shards->value_or(default_shards)));
}

void Streams::get_iterator(net::Exchange& exchange, std::string_view name) {
    const net::Request& request = exchange.request();
    JsonWriter getting = template_of(name);
    const auto set = [&](std::string_view member, const char* parameter, std::string_view otherwise) {
        const std::string value = request.query.empty() ? "" : request.query_parameter(parameter);
        if (!value.empty() || !otherwise.empty()) getting.key(member).string(value.empty() ? otherwise : value);
    };
    set("ShardId", "shard-id", "");
    set("ShardIteratorType", "shard-iterator-type", "TRIM_HORIZON");
    set("StartingSequenceNumber", "starting-sequence-number", "");
    act(exchange, "GetShardIterator", std::move(getting));
}

void Streams::get_records(net::Exchange& exchange, std::string_view name) {
    const net::Request& request = exchange.request();
    JsonWriter getting;
    getting.begin_object().key("StreamARN").string(kinesis_.arn(name));
    if (const auto iterator = request.header("Shard-Iterator"); !iterator.empty())
        getting.key("ShardIterator").string(iterator);
    if (const auto limit = parse_int(request.query.empty() ? "" : request.query_parameter("limit")))
        getting.key("Limit").number(*limit);
    act(exchange, "GetRecords", std::move(getting));
}

void Streams::put(net::Exchange& exchange, std::string_view name, bool many) {
    exchange.count_as(many ? "PutRecords" : "PutRecord");
    PutBody& body = put_body();
    const std::string_view text = exchange.request().body;
    auto parsed = many ? body.parse_records(text) : body.parse_record(text);
    if (!parsed) return refusals_.reply(exchange, std::move(parsed).error());
    if (name.empty()) name = body.stream_name();
    if (workers_ == nullptr || !kinesis_.put_creates(name)) return put_now(exchange, name, many, &exchange);
    // The worker reads the body once more: what was parsed lies in this thread's memory.
    run_blocking([this, &exchange, stream = std::string(name), many] {
        const std::string_view again = exchange.request().body;
        auto result = many ? put_body().parse_records(again) : put_body().parse_record(again);
        if (!result) return refusals_.reply(exchange, std::move(result).error());
        put_now(exchange, stream, many, nullptr);
    });
}

void Streams::put_now(net::Exchange& exchange, std::string_view name, bool many, net::Exchange* turn) {
    const auto entries = put_body().entries();
    auto done = [&exchange](kinesis::ActionResult<kinesis::Written> result) {
        exchange.reply(answer(std::move(result)));
    };
    const kinesis::Call call(kinesis::Format::json, turn);
    if (many)
        kinesis_.put_records(name, entries, std::move(done), call);
    else
        kinesis_.put_record(name, entries.front(), std::move(done), call);
}

void Streams::run_blocking(std::move_only_function<void()> job) {
    if (workers_ != nullptr)
        workers_->run(std::move(job));
    else
        job();
}

}  // namespace pinflow::gateway
