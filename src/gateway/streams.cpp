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

std::optional<std::string> given(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

void Streams::handle(net::Exchange& exchange, std::span<const std::string_view> path) {
    const net::Request& request = exchange.request();
    const std::string_view method = request.method;
    const bool puts = method == "PUT" || method == "POST";
    const std::string asked = request.query.empty() ? "" : request.query_parameter("stream-name");
    if (path.size() == 2 && puts && is_put(path[1])) return put(exchange, path[0], path[1] == "records");
    if (path.size() == 1 && is_put(path[0]) && (method == "PUT" || (puts && !asked.empty())))
        return put(exchange, asked, path[0] == "records");
    if (path.size() > 1) return exchange.reply(missing_token());
    std::string name = path.empty() ? asked : std::string(path[0]);
    if (method == "GET" || method == "HEAD")
        return name.empty() ? list(exchange)
                            : exchange.reply(answer(kinesis_.describe_stream({std::move(name), {}, {}})));
    if (name.empty()) return exchange.reply(missing_token());
    if (method == "POST") return create(exchange, std::move(name));
    if (method == "DELETE") return remove(exchange, std::move(name));
    exchange.reply(missing_token());
}

void Streams::list(net::Exchange& exchange) {
    const net::Request& request = exchange.request();
    kinesis::ListStreamsRequest listing;
    if (const std::string limit = request.query_parameter("Limit"); !limit.empty()) {
        listing.limit = parse_int(limit);
        if (!listing.limit)
            return exchange.reply(answer(
                std::unexpected(kinesis::serialization_error("STRING_VALUE can not be converted to an Integer"))));
    }
    listing.exclusive_start_stream_name = given(request.query_parameter("ExclusiveStartStreamName"));
    listing.next_token = given(request.query_parameter("NextToken"));
    exchange.reply(answer(kinesis_.list_streams(listing)));
}

void Streams::create(net::Exchange& exchange, std::string name) {
    auto shards = shard_count_of(exchange.request().body);
    if (!shards) return exchange.reply(std::move(shards).error());
    run_blocking([this, &exchange, name = std::move(name), count = *shards] {
        exchange.reply(answer(kinesis_.create_stream({name, count})));
    });
}

void Streams::remove(net::Exchange& exchange, std::string name) {
    run_blocking([this, &exchange, name = std::move(name)] { exchange.reply(answer(kinesis_.delete_stream(name))); });
}

void Streams::put(net::Exchange& exchange, std::string_view name, bool many) {
    PutBody& body = put_body();
    const std::string_view text = exchange.request().body;
    auto parsed = many ? body.parse_records(text) : body.parse_record(text);
    if (!parsed) return exchange.reply(std::move(parsed).error());
    if (name.empty()) name = body.stream_name();
    if (workers_ == nullptr || !kinesis_.put_creates(name)) return put_now(exchange, name, many);
    // The worker reads the body once more: what was parsed lies in this thread's memory.
    run_blocking([this, &exchange, stream = std::string(name), many] {
        const std::string_view again = exchange.request().body;
        auto result = many ? put_body().parse_records(again) : put_body().parse_record(again);
        if (!result) return exchange.reply(std::move(result).error());
        put_now(exchange, stream, many);
    });
}

void Streams::put_now(net::Exchange& exchange, std::string_view name, bool many) {
    const auto entries = put_body().entries();
    auto done = [&exchange](kinesis::ActionResult<std::string> result) { exchange.reply(answer(std::move(result))); };
    if (many)
        kinesis_.put_records(name, entries, std::move(done));
    else
        kinesis_.put_record(name, entries.front(), std::move(done));
}

void Streams::run_blocking(std::move_only_function<void()> job) {
    if (workers_ != nullptr)
        workers_->run(std::move(job));
    else
        job();
}

}  // namespace pinflow::gateway
