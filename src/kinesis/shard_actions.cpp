// ListShards: filters, pages.
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/text.h"
#include "kinesis/actions.h"
#include "kinesis/labels.h"
#include "kinesis/retention.h"
#include "kinesis/shards.h"
#include "kinesis/token.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t default_results = 1000;

std::unexpected<ActionError> invalid(std::string message) {
    return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
}

// What a ListShards asks for; it travels in the token from one page to the next.
struct Query {
    std::string stream;
    Uuid stream_id;
    std::string filter;
    int64_t time_ms = 0;  // of the filters by time
    std::string after;    // a shard's id

    std::string token(int64_t now_ms) const {
        return seal(TokenKind::shards,
                    fmt::format("{}\n{}\n{}\n{}\n{}\n{}", now_ms, stream, stream_id.text(), filter, time_ms, after));
    }
};

ActionResult<Query> query_of_token(std::string_view token, int64_t now_ms) {
    const auto content = unseal(TokenKind::shards, token);
    const auto parts = content ? split(*content, '\n') : std::vector<std::string_view>();
    const auto given_ms = parts.size() == 6 ? parse_int(parts[0]) : std::nullopt;
    const auto id = given_ms ? Uuid::parse(parts[2]) : std::nullopt;
    if (!id) return invalid("NextToken is invalid.");
    if (now_ms - *given_ms > token_life_ms) return std::unexpected(expired_token(*given_ms, now_ms));
    return Query{std::string(parts[1]), *id, std::string(parts[3]), parse_int(parts[4]).value_or(0),
                 std::string(parts[5])};
}

ActionResult<void> read_filter(const Item& filter, Query& query) {
    query.filter = filter.member("Type")->text();
    const auto id = filter.member("ShardId");
    const bool by_time = query.filter == "AT_TIMESTAMP" || query.filter == "FROM_TIMESTAMP";
    const auto time = Request::time_ms(filter, "Timestamp");
    if (by_time && !time)
        return invalid(fmt::format("Timestamp must be provided for ShardFilter type {}.", query.filter));
    if (!by_time && time)
        return invalid(fmt::format("Timestamp cannot be provided for ShardFilter type {}.", query.filter));
    if ((query.filter == "AFTER_SHARD_ID") != id.has_value())
        return invalid(
            fmt::format("ShardId {} be provided for ShardFilter type {}.", id ? "cannot" : "must", query.filter));
    if (id) query.after = id->text();
    query.time_ms = time.value_or(0);
    return {};
}

ActionResult<Query> query_of(const Kinesis& kinesis, const Request& request) {
    const auto token = request.text("NextToken");
    const bool named = request.item("StreamName") || request.item("StreamARN");
    if (!token && !named) return invalid("Either NextToken or StreamName should be provided.");
    if (token && request.item("StreamName")) return invalid("NextToken and StreamName cannot be provided together.");
    if (token) return query_of_token(*token, kinesis.clock().wall_ms());
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const auto created = request.time_ms("StreamCreationTimestamp");
    if (created && *created / 1000 != stream_created_ms(*topic) / 1000)
        return std::unexpected(kinesis.not_found(topic->name));
    Query query{topic->name, topic->id, "", 0, std::string(request.text("ExclusiveStartShardId").value_or(""))};
    if (const auto filter = request.item("ShardFilter")) PINFLOW_TRY(read_filter(*filter, query));
    return query;
}

// Which of the shards a filter means: docs/kinesis_shards.md. `trim_ms`: what is older is not kept any more.
bool passes(const Shard& shard, const Query& query, int64_t trim_ms) {
    const bool at_trim = query.filter == "AT_TRIM_HORIZON", from = query.filter == "FROM_TIMESTAMP";
    const bool at = at_trim || query.filter == "AT_TIMESTAMP";
    if (query.filter == "AT_LATEST") return shard.open();
    const int64_t time_ms = at_trim ? trim_ms : query.time_ms;
    if (at && shard.created_ms > time_ms) return false;
    // At the very moment of a reshard its children are open, and the parents not any more.
    return !(at || from) || shard.open() || *shard.closed_ms > time_ms;
}

ActionResult<void> list_shards(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(Query query, query_of(kinesis, request));
    const broker::TopicPtr topic = kinesis.topics().find(query.stream_id);
    if (!topic || !is_stream(*topic)) return std::unexpected(kinesis.not_found(query.stream));
    PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
    const int64_t now = kinesis.clock().wall_ms();
    const int64_t trim_ms = std::max(stream_created_ms(*topic), now - keeps_ms(*topic).value_or(now));
    auto shards = listed(*tree, *topic, now);
    std::erase_if(shards,
                  [&](const Shard& shard) { return id_of(shard) <= query.after || !passes(shard, query, trim_ms); });
    const auto limit = static_cast<size_t>(request.integer("MaxResults").value_or(default_results));
    const bool more = shards.size() > limit;
    if (more) shards.resize(limit);
    answer.begin_object();
    if (more) {
        query.after = id_of(shards.back());
        answer.key("NextToken").text(query.token(kinesis.clock().wall_ms()));
    }
    answer.key("Shards").begin_list();
    for (const Shard& shard : shards) write(answer, shard);
    answer.end_list().end_object();
    return {};
}

constexpr std::string_view filters[] = {"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON",
                                        "AT_LATEST",      "AT_TIMESTAMP",    "FROM_TIMESTAMP"};
constexpr Field filter[] = {{.name = "Type", .required = true, .words = filters},
                            {.name = "ShardId", .pattern = Pattern::name, .least = 1, .most = 128},
                            {.name = "Timestamp", .type = Type::timestamp}};
constexpr Field shard_listing[] = {
    {.name = "ExclusiveStartShardId", .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "MaxResults", .type = Type::integer, .least = 1, .most = 10'000},
    {.name = "NextToken", .least = 1, .most = 1 << 20},
    {.name = "ShardFilter", .type = Type::structure, .members = filter},
    {.name = "StreamCreationTimestamp", .type = Type::timestamp},
    stream_name_field,
    stream_arn_field,
};
constexpr Action shard_table[] = {{"ListShards", shard_listing, at_once<list_shards>, nullptr, per_stream(1000)}};

}  // namespace

std::span<const Action> shard_actions() {
    return shard_table;
}

}  // namespace pinflow::kinesis
