// Names and numbers in Kinesis' own formats, as kinesalite found them on the real service.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::kinesis {

// Version 2: the decimal form of hex `2`, 9 digits seconds of the shard's creation, 1 digit shard, 16 digits `index`
// (our log offset), `00`, 9 digits seconds of the record, 8 digits shard, `2`. 56 digits long today, and growing along
// a shard because the index does. With `01` in place of `00` it is no record's but names the place behind one.
struct SequenceNumber {
    int64_t shard_created_s = 0;
    int64_t index = 0;
    int64_t record_s = 0;
    uint32_t shard = 0;
    bool behind = false;  // above the record's number, below the next one's

    std::string text() const;
    static std::optional<SequenceNumber> parse(std::string_view decimal);
    bool operator==(const SequenceNumber&) const = default;
};

// Sequence numbers of records that mostly lie one behind the other: the next is the last one and a little. What it
// shows lies in itself.
class SequenceNumbers {
  public:
    // Of the record at `offset` with this timestamp; never below the shard's start, whatever clocks and producers do.
    std::string_view of(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms);

  private:
    static constexpr size_t groups = 7, group_digits = 9;

    void start();
    void add_one();
    void write_group(size_t group);

    SequenceNumber last_{.shard_created_s = -1};
    std::array<uint32_t, groups> value_{};  // the lowest nine digits first
    std::array<char, groups * group_digits> digits_{};
};

// What a shard says about itself: its creation lies a little back, so that its first record is above its start.
int64_t shard_created_s(int64_t shard_created_ms);
// As SequenceNumbers::of().
std::string sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms);
std::string starting_sequence_number(int64_t shard_created_ms, uint32_t shard);
// Where a reader goes on who has passed all below `next_offset`, at this time: the place behind the record before it.
std::string continuation_sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t next_offset, int64_t now_ms);
// Of a closed shard: above all that it can hold, below those of its children.
std::string ending_sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t closed_ms);

// "shardId-000000000003"
class ShardId {
  public:
    explicit ShardId(uint32_t shard);
    std::string_view text() const { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 20> text_;
};
inline std::string shard_id(uint32_t shard) {
    return std::string(ShardId(shard).text());
}

}  // namespace pinflow::kinesis
