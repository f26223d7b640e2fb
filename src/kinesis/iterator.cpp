// Iterators, and GetShardIterator.
#include "kinesis/iterator.h"

#include <cstring>

#include "base/bytes.h"
#include "kinesis/actions.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"
#include "kinesis/shards.h"
#include "kinesis/token.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t fixed_size = 8 + 16 + 4 + 8, max_name = 128;

std::unexpected<ActionError> invalid(std::string message) {
    return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
}

// Where the shard of a GetShardIterator is, for the texts of its errors.
struct Asked {
    std::string_view account;
    const broker::Topic& topic;
    const Shard& shard;
    log::Partition& partition() const { return *topic.partitions[shard.number]; }
    std::string place() const {
        return fmt::format("shard {} in stream {} under account {}", id_of(shard), topic.name, account);
    }
    // What Describe… tells of a closed one; a reader that asks for it is at the end.
    bool is_ending(std::string_view sequence) const {
        return shard.closed_ms && sequence == ending_sequence_number(shard.created_ms, shard.number, *shard.closed_ms);
    }
};

ActionResult<int64_t> offset_of_sequence(const Asked& asked, std::string_view type, std::string_view text) {
    const auto number = SequenceNumber::parse(text);
    const auto refuse = [&](std::string_view why) {
        return invalid(fmt::format("StartingSequenceNumber {} used in GetShardIterator on {} is invalid{}.", text,
                                   asked.place(), why));
    };
    if (!number) return refuse("");
    if (number->shard != asked.shard.number)
        return invalid(
            fmt::format("Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
                        shard_id(number->shard), id_of(asked.shard)));
    if (asked.is_ending(text)) return asked.partition().end_offset();
    const bool start_of_shard = number->index == 0 && number->record_s == number->shard_created_s;
    // One that was not given yet would be taken for a place, and the records before it be passed over.
    const bool given = start_of_shard || number->index < asked.partition().end_offset();
    if (!given || number->shard_created_s != shard_created_s(asked.shard.created_ms))
        return refuse(" because it did not come from this stream");
    return number->index + (type == "AFTER_SEQUENCE_NUMBER" && !start_of_shard ? 1 : 0);
}

ActionResult<int64_t> offset_at_time(const Asked& asked, const Request& request, int64_t now_ms) {
    const auto time = request.time_ms("Timestamp");
    if (!time)
        return invalid(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no "
            "timestamp parameter.");
    if (*time > now_ms)
        return invalid(
            fmt::format("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                        "timestampInMillis: {}, currentTimestampInMillis: {}",
                        *time, now_ms));
    const auto offset = asked.partition().offset_at_time(*time);
    if (!offset) return std::unexpected(error_of(offset.error()));
    return *offset;
}

ActionResult<int64_t> first_offset(const Asked& asked, const Request& request, int64_t now_ms) {
    const std::string_view type = *request.text("ShardIteratorType");
    const auto sequence = request.text("StartingSequenceNumber");
    const bool by_sequence = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
    if (type == "AT_TIMESTAMP") return offset_at_time(asked, request, now_ms);
    if (by_sequence != sequence.has_value())
        return invalid(
            fmt::format("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
                        "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
                        "Request specified {} and {} StartingSequenceNumber.",
                        type, sequence ? "also a" : "no"));
    if (by_sequence) return offset_of_sequence(asked, type, *sequence);
    if (type == "LATEST") return asked.partition().last_stable_offset();
    return asked.partition().start_offset();
}

ActionResult<void> get_iterator(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(const broker::TopicPtr topic, kinesis.stream_of(request));
    const std::string_view account = kinesis.options().account, id = *request.text("ShardId");
    const auto shard = parse_shard_id(id);
    if (!shard)
        return std::unexpected(ActionError{
            "ResourceNotFoundException",
            fmt::format("Could not find shard {} in stream {} under account {}.", id, topic->name, account)});
    const int64_t now = kinesis.clock().wall_ms();
    PINFLOW_ASSIGN(const ShardTreePtr tree, kinesis.shards().of(topic));
    if (*shard >= tree->size() || is_gone((*tree)[*shard], *topic, now))
        return std::unexpected(ActionError{"ResourceNotFoundException",
                                           fmt::format("Shard {} in stream {} under account {} does not exist",
                                                       shard_id(*shard), topic->name, account)});
    const Asked asked{account, *topic, (*tree)[*shard]};
    PINFLOW_ASSIGN(const int64_t offset, first_offset(asked, request, now));
    const ShardIterator iterator{now, topic->id, *shard, offset, topic->name};
    answer.begin_object().key("ShardIterator").text(iterator.text()).end_object();
    return {};
}

bool looks_for_a_time(const Kinesis& /*kinesis*/, const Request& request) {
    return request.text("ShardIteratorType") == "AT_TIMESTAMP";
}

constexpr std::string_view types[] = {"AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER",
                                      "TRIM_HORIZON"};
constexpr Field getting[] = {
    {.name = "ShardId", .required = true, .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "ShardIteratorType", .required = true, .words = types},
    {.name = "StartingSequenceNumber", .pattern = Pattern::sequence_number},
    {.name = "Timestamp", .type = Type::timestamp},
    stream_name_field,
    stream_arn_field,
};
constexpr Action table[] = {{"GetShardIterator", getting, at_once<get_iterator>, looks_for_a_time}};

template <class T>
void append(std::string& out, T value) {
    std::byte bytes[sizeof value];
    store_big_endian(bytes, value);
    out += as_text(bytes);
}

}  // namespace

std::string ShardIterator::text() const {
    std::string content;
    append(content, created_ms);
    content += as_text(stream_id.bytes);
    append(content, shard);
    append(content, offset);
    content += stream_name;
    return seal(TokenKind::iterator, content);
}

std::optional<ShardIterator> ShardIterator::parse(std::string_view text) {
    const auto content = unseal(TokenKind::iterator, text);
    if (!content || content->size() < fixed_size || content->size() > fixed_size + max_name) return std::nullopt;
    const Bytes bytes = as_bytes(*content);
    ShardIterator iterator;
    iterator.created_ms = load_big_endian<int64_t>(bytes.data());
    std::memcpy(iterator.stream_id.bytes.data(), bytes.data() + 8, iterator.stream_id.bytes.size());
    iterator.shard = load_big_endian<uint32_t>(bytes.data() + 24);
    iterator.offset = load_big_endian<int64_t>(bytes.data() + 28);
    iterator.stream_name = content->substr(fixed_size);
    return iterator.offset < 0 ? std::nullopt : std::optional(std::move(iterator));
}

ActionResult<IteratorPlace> place_of_iterator(const Kinesis& kinesis, const Request& request) {
    auto iterator = ShardIterator::parse(*request.text("ShardIterator"));
    const auto arn = request.text("StreamARN");
    if (!iterator || (arn && stream_name_of_arn(*arn) != iterator->stream_name))
        return invalid("Invalid ShardIterator.");
    const int64_t now = kinesis.clock().wall_ms();
    if (now - iterator->created_ms > token_life_ms)
        return std::unexpected(ActionError{
            "ExpiredIteratorException",
            fmt::format("Iterator expired. The iterator was created at time {} while right now it is {} which is "
                        "further in the future than the tolerated delay of {} milliseconds.",
                        utc_text(iterator->created_ms), utc_text(now), token_life_ms)});
    broker::TopicPtr topic = kinesis.topics().find(iterator->stream_id);
    if (!topic || !is_stream(*topic) || iterator->shard >= topic->partitions.size())
        return std::unexpected(
            ActionError{"ResourceNotFoundException",
                        fmt::format("Shard {} in stream {} under account {} does not exist", shard_id(iterator->shard),
                                    iterator->stream_name, kinesis.options().account)});
    PINFLOW_ASSIGN(ShardTreePtr tree, kinesis.shards().of(topic));
    return IteratorPlace{std::move(*iterator), std::move(topic), std::move(tree)};
}

std::span<const Action> iterator_actions() {
    return table;
}

}  // namespace pinflow::kinesis
