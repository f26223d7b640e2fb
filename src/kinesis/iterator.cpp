// Iterators, and GetShardIterator.
#include "kinesis/iterator.h"

#include <cstring>

#include "base/bytes.h"
#include "kinesis/actions.h"
#include "kinesis/labels.h"
#include "kinesis/position.h"
#include "kinesis/sequence.h"
#include "kinesis/shards.h"
#include "kinesis/token.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t fixed_size = 8 + 16 + 4 + 8, max_name = 128;

std::unexpected<ActionError> invalid(std::string message) {
    return std::unexpected(ActionError{"InvalidArgumentException", std::move(message)});
}

ActionResult<void> get_iterator(Kinesis& kinesis, const Request& request, Answer& answer) {
    PINFLOW_ASSIGN(broker::TopicPtr topic, kinesis.stream_of(request));
    PINFLOW_ASSIGN(const ShardPlace place, find_shard(kinesis, std::move(topic), *request.text("ShardId")));
    if (kinesis.limits() != nullptr) PINFLOW_TRY(kinesis.limits()->get_iterator(*place.topic, place.number));
    const Position position{
        .type = std::string(*request.text("ShardIteratorType")),
        .sequence = request.text("StartingSequenceNumber").transform([](auto text) { return std::string(text); }),
        .time_ms = request.time_ms("Timestamp")};
    PINFLOW_ASSIGN(const int64_t offset, offset_of(kinesis, place, position, "GetShardIterator"));
    const ShardIterator iterator{kinesis.clock().wall_ms(), place.topic->id, place.number, offset, place.topic->name};
    answer.begin_object().key("ShardIterator").text(iterator.text()).end_object();
    return {};
}

bool looks_for_a_time(const Kinesis& /*kinesis*/, const Request& request) {
    return request.text("ShardIteratorType") == "AT_TIMESTAMP";
}

constexpr Field getting[] = {
    {.name = "ShardId", .required = true, .pattern = Pattern::name, .least = 1, .most = 128},
    {.name = "ShardIteratorType", .required = true, .words = position_types},
    {.name = "StartingSequenceNumber", .pattern = Pattern::sequence_number},
    {.name = "Timestamp", .type = Type::timestamp},
    stream_name_field,
    stream_arn_field,
};
constexpr Action iterator_table[] = {{"GetShardIterator", getting, at_once<get_iterator>, looks_for_a_time}};

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
    return iterator_table;
}

}  // namespace pinflow::kinesis
