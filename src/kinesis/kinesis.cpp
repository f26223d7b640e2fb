#include "kinesis/kinesis.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "kinesis/hash_key.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr std::string_view stream_label = "kinesis.stream", created_label = "kinesis.created_ms";
constexpr int64_t default_limit = 100, max_limit = 10'000, max_shards = 100'000;

std::map<std::string, std::string> labels_of_stream(std::map<std::string, std::string> labels, int64_t now_ms) {
    labels[std::string(stream_label)] = "true";
    labels[std::string(created_label)] = std::to_string(now_ms);
    return labels;
}

std::string epoch_seconds(int64_t ms) {
    return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

void append_shard(JsonWriter& json, const broker::Topic& topic, size_t shard) {
    const auto number = static_cast<uint32_t>(shard);
    const HashRange range = range_of_shard(shard, topic.partitions.size());
    json.begin_object().key("HashKeyRange").begin_object();
    json.key("EndingHashKey")
        .string(decimal(range.last))
        .key("StartingHashKey")
        .string(decimal(range.first))
        .end_object();
    json.key("SequenceNumberRange").begin_object().key("StartingSequenceNumber");
    json.string(starting_sequence_number(stream_created_ms(topic), number)).end_object();
    json.key("ShardId").string(shard_id(number)).end_object();
}

}  // namespace

bool is_stream(const broker::Topic& topic) {
    const auto found = topic.labels.find(std::string(stream_label));
    return found != topic.labels.end() && found->second == "true";
}

int64_t stream_created_ms(const broker::Topic& topic) {
    const auto found = topic.labels.find(std::string(created_label));
    const auto ms = found == topic.labels.end() ? std::nullopt : parse_int(found->second);
    return ms.value_or(topic.created_ms);
}

Kinesis::Kinesis(broker::Topics& topics, Clock& clock, Options options)
    : topics_(topics), clock_(clock), options_(std::move(options)) {}

std::string Kinesis::arn(std::string_view name) const {
    return fmt::format("arn:aws:kinesis:{}:{}:stream/{}", options_.region, options_.account, name);
}

ActionError Kinesis::not_found(std::string_view name) const {
    return {"ResourceNotFoundException", fmt::format("Stream {} under account {} not found.", name, options_.account)};
}

ActionResult<broker::TopicPtr> Kinesis::stream(std::string_view name) const {
    Validation validation;
    validation.stream_name(name);
    PINFLOW_TRY(validation.result());
    broker::TopicPtr topic = topics_.find(name);
    if (!topic || !is_stream(*topic)) return std::unexpected(not_found(name));
    return topic;
}

ActionResult<std::string> Kinesis::list_streams(const ListStreamsRequest& request) const {
    Validation validation;
    if (request.limit) validation.between(*request.limit, 1, max_limit, "limit");
    PINFLOW_TRY(validation.result());
    std::string after = request.exclusive_start_stream_name.value_or("");
    if (request.next_token) {
        auto decoded = base64_decode(*request.next_token);
        if (!decoded) return std::unexpected(ActionError{"InvalidArgumentException", "NextToken is invalid."});
        after = std::move(*decoded);
    }
    const auto limit = static_cast<size_t>(request.limit.value_or(default_limit));
    std::vector<broker::TopicPtr> streams;
    for (broker::TopicPtr& topic : topics_.list())
        if (is_stream(*topic) && topic->name > after && streams.size() <= limit) streams.push_back(std::move(topic));
    const bool more = streams.size() > limit;
    if (more) streams.pop_back();

    JsonWriter json;
    json.begin_object().key("HasMoreStreams").boolean(more);
    if (more) json.key("NextToken").string(base64_encode(streams.back()->name));
    json.key("StreamNames").begin_array();
    for (const auto& topic : streams) json.string(topic->name);
    json.end_array().key("StreamSummaries").begin_array();
    for (const auto& topic : streams) {
        json.begin_object().key("StreamARN").string(arn(topic->name));
        json.key("StreamCreationTimestamp").raw(epoch_seconds(stream_created_ms(*topic)));
        json.key("StreamModeDetails").raw(R"({"StreamMode":"PROVISIONED"})");
        json.key("StreamName").string(topic->name).key("StreamStatus").string("ACTIVE").end_object();
    }
    json.end_array().end_object();
    return std::move(json).text();
}

ActionResult<std::string> Kinesis::describe_stream(const DescribeStreamRequest& request) const {
    Validation validation;
    if (request.limit) validation.between(*request.limit, 1, max_limit, "limit");
    PINFLOW_TRY(validation.result());
    PINFLOW_ASSIGN(const broker::TopicPtr topic, stream(request.stream_name));
    const size_t count = topic->partitions.size();
    size_t first = 0;
    if (request.exclusive_start_shard_id)
        while (first < count && shard_id(static_cast<uint32_t>(first)) <= *request.exclusive_start_shard_id) ++first;
    const size_t end = std::min(count, first + static_cast<size_t>(request.limit.value_or(default_limit)));

    const int64_t retention_ms = count == 0 ? 0 : topic->partitions.front()->config().retention_ms;
    JsonWriter json;
    json.begin_object().key("StreamDescription").begin_object();
    json.key("EncryptionType").string("NONE");
    json.key("EnhancedMonitoring").raw(R"([{"ShardLevelMetrics":[]}])");
    json.key("HasMoreShards").boolean(end < count);
    json.key("RetentionPeriodHours").number(std::max<int64_t>(24, retention_ms < 0 ? 8760 : retention_ms / 3'600'000));
    json.key("Shards").begin_array();
    for (size_t shard = first; shard < end; ++shard) append_shard(json, *topic, shard);
    json.end_array().key("StreamARN").string(arn(topic->name));
    json.key("StreamCreationTimestamp").raw(epoch_seconds(stream_created_ms(*topic)));
    json.key("StreamModeDetails").raw(R"({"StreamMode":"PROVISIONED"})");
    json.key("StreamName").string(topic->name).key("StreamStatus").string("ACTIVE").end_object().end_object();
    return std::move(json).text();
}

ActionResult<std::string> Kinesis::create_stream(const CreateStreamRequest& request) {
    constexpr int64_t default_shards = 5;  // the tutorial's template
    const int64_t shards = request.shard_count.value_or(default_shards);
    Validation validation;
    validation.between(shards, 1, max_shards, "shardCount");
    validation.stream_name(request.stream_name);
    PINFLOW_TRY(validation.result());
    const auto created =
        topics_.create(request.stream_name, static_cast<int32_t>(shards), {}, labels_of_stream({}, clock_.wall_ms()));
    if (created) return "";
    if (created.error().code == Code::exists)
        return std::unexpected(ActionError{
            "ResourceInUseException",
            fmt::format("Stream {} under account {} already exists.", request.stream_name, options_.account)});
    return std::unexpected(error_of(created.error()));
}

ActionResult<std::string> Kinesis::delete_stream(const std::string& stream_name) {
    PINFLOW_TRY(stream(stream_name));
    const auto removed = topics_.remove(stream_name);
    if (removed) return "";
    if (removed.error().code == Code::not_found) return std::unexpected(not_found(stream_name));
    return std::unexpected(error_of(removed.error()));
}

bool Kinesis::put_creates(std::string_view name) const {
    const broker::TopicPtr topic = topics_.find(name);
    return (!topic || !is_stream(*topic)) && options_.may_auto_create && options_.may_auto_create(name);
}

// A plain topic of that name becomes a stream too.
ActionResult<broker::TopicPtr> Kinesis::stream_to_put(std::string_view name) {
    auto found = stream(name);
    if (found || found.error().type != "ResourceNotFoundException" || !put_creates(name)) return found;
    const std::string text(name);
    const broker::TopicPtr topic = topics_.find(name);
    if (topic) {
        if (const auto set = topics_.set_labels(text, labels_of_stream(topic->labels, clock_.wall_ms())); !set)
            return std::unexpected(error_of(set.error()));
        return stream(name);
    }
    const auto created = topics_.create(text, 1, {}, labels_of_stream({}, clock_.wall_ms()));
    if (!created && created.error().code != Code::exists) return std::unexpected(error_of(created.error()));
    return stream(name);  // also if somebody else was first
}

}  // namespace pinflow::kinesis
