#include "kinesis/position.h"

#include "kinesis/sequence.h"
#include "kinesis/shards.h"

namespace pinflow::kinesis {
namespace {

std::unexpected<ActionError> invalid(std::string message) {
    return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
}

// A shard that a position is asked of, for the texts of errors.
struct Asked {
    std::string_view account, action;
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
        return invalid(fmt::format("StartingSequenceNumber {} used in {} on {} is invalid{}.", text, asked.action,
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
    if (start_of_shard) return number->index;
    return number->index + (number->behind || type == "AFTER_SEQUENCE_NUMBER" ? 1 : 0);
}

ActionResult<int64_t> offset_at_time(const Asked& asked, std::optional<int64_t> time, int64_t now_ms) {
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

}  // namespace

ActionResult<ShardPlace> find_shard(const Kinesis& kinesis, broker::TopicPtr topic, std::string_view id) {
    const std::string_view account = kinesis.options().account;
    const auto shard = parse_shard_id(id);
    if (!shard)
        return std::unexpected(ActionError{
            "ResourceNotFoundException",
            fmt::format("Could not find shard {} in stream {} under account {}.", id, topic->name, account)});
    PINFLOW_ASSIGN(ShardTreePtr tree, kinesis.shards().of(topic));
    if (*shard >= tree->size() || is_gone((*tree)[*shard], *topic, kinesis.clock().wall_ms()))
        return std::unexpected(ActionError{"ResourceNotFoundException",
                                           fmt::format("Shard {} in stream {} under account {} does not exist",
                                                       shard_id(*shard), topic->name, account)});
    return ShardPlace{std::move(topic), std::move(tree), *shard};
}

ActionResult<int64_t> offset_of(const Kinesis& kinesis, const ShardPlace& place, const Position& position,
                                std::string_view action) {
    const Asked asked{kinesis.options().account, action, *place.topic, place.shard()};
    const std::string_view type = position.type;
    const bool by_sequence = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
    if (position.looks_for_a_time()) return offset_at_time(asked, position.time_ms, kinesis.clock().wall_ms());
    if (by_sequence != position.sequence.has_value())
        return invalid(
            fmt::format("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
                        "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
                        "Request specified {} and {} StartingSequenceNumber.",
                        type, position.sequence ? "also a" : "no"));
    if (by_sequence) return offset_of_sequence(asked, type, *position.sequence);
    if (type == "LATEST") return asked.partition().last_stable_offset();
    return asked.partition().start_offset();
}

}  // namespace pinflow::kinesis
