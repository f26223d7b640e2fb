#include "kinesis/sequence.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t created_before_ms = 2000;
constexpr size_t hex_digits = 47;
constexpr int64_t most_s = (int64_t{1} << 36) - 1;  // of nine hex digits

// Six limbs of 32 bits, the lowest first, hold the 188 bits.
using Limbs = std::array<uint32_t, 6>;

constexpr uint32_t billion = 1'000'000'000;
constexpr size_t groups = 7, group_digits = 9;
using Groups = std::array<uint32_t, groups>;  // of nine decimal digits, the lowest first

constexpr auto two_digits = [] {
    std::array<std::array<char, 2>, 100> table{};
    for (size_t i = 0; i < table.size(); ++i)
        table[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    return table;
}();

void write_nine(uint32_t number, char* to) {
    char* end = to + group_digits;
    for (int pair = 0; pair < 4; ++pair, number /= 100) std::memcpy(end -= 2, two_digits[number % 100].data(), 2);
    *to = static_cast<char>('0' + number);
}

Groups to_groups(Limbs limbs) {
    Groups value{};
    size_t size = limbs.size();
    for (uint32_t& group : value) {
        uint64_t rest = 0;
        for (size_t i = size; i-- > 0;) {
            rest = rest << 32 | limbs[i];
            limbs[i] = static_cast<uint32_t>(rest / billion);
            rest %= billion;
        }
        group = static_cast<uint32_t>(rest);
        if (size > 0 && limbs[size - 1] == 0) --size;
    }
    return value;
}

std::optional<Limbs> from_decimal(std::string_view decimal) {
    Limbs limbs{};
    for (const char c : decimal) {
        if (c < '0' || c > '9') return std::nullopt;
        uint64_t carry = static_cast<uint64_t>(c - '0');
        for (uint32_t& limb : limbs) {
            carry += uint64_t{limb} * 10;
            limb = static_cast<uint32_t>(carry);
            carry >>= 32;
        }
        if (carry != 0) return std::nullopt;
    }
    return limbs;
}

// `count` hex digits from `first`, counted from the front of the 47.
uint64_t take(const Limbs& limbs, size_t first, size_t count) {
    uint64_t value = 0;
    for (size_t i = first; i < first + count; ++i) {
        const size_t from_low = hex_digits - 1 - i;
        value = value << 4 | (limbs[from_low / 8] >> from_low % 8 * 4 & 15);
    }
    return value;
}

Limbs limbs_of(const SequenceNumber& number) {
    const auto bits = [](int64_t value) { return static_cast<uint64_t>(value); };
    const uint64_t shard = number.shard, index = bits(number.index), record_s = bits(number.record_s);
    const std::array<uint64_t, 3> words = {
        2 | shard << 4 | record_s << 36, record_s >> 28 | (number.behind ? uint64_t{1} << 8 : 0) | index << 16,
        index >> 48 | (shard & 15) << 16 | bits(number.shard_created_s) << 20 | uint64_t{2} << 56};
    Limbs limbs;
    for (size_t i = 0; i < limbs.size(); ++i) limbs[i] = static_cast<uint32_t>(words[i / 2] >> i % 2 * 32);
    return limbs;
}

}  // namespace

std::string SequenceNumber::text() const {
    const Groups value = to_groups(limbs_of(*this));
    std::string digits(groups * group_digits, '0');
    for (size_t i = 0; i < groups; ++i) write_nine(value[i], &digits[(groups - 1 - i) * group_digits]);
    return digits.substr(digits.find_first_not_of('0'));
}

std::optional<SequenceNumber> SequenceNumber::parse(std::string_view decimal) {
    if (decimal.size() > 57 || decimal.starts_with('0')) return std::nullopt;
    const auto limbs = from_decimal(decimal);
    if (!limbs || take(*limbs, 0, 1) != 2 || take(*limbs, 46, 1) != 2 || (limbs->back() >> 28) != 0)
        return std::nullopt;
    SequenceNumber number;
    number.shard_created_s = static_cast<int64_t>(take(*limbs, 1, 9));
    number.index = static_cast<int64_t>(take(*limbs, 11, 16));
    number.behind = take(*limbs, 27, 2) == 1;
    number.record_s = static_cast<int64_t>(take(*limbs, 29, 9));
    number.shard = static_cast<uint32_t>(take(*limbs, 38, 8));
    if (number.index < 0 || take(*limbs, 10, 1) != (number.shard & 15)) return std::nullopt;
    return number;
}

int64_t shard_created_s(int64_t shard_created_ms) {
    const int64_t created_s = (std::max(shard_created_ms, created_before_ms) - created_before_ms) / 1000;
    return std::min(created_s, most_s - 1);
}

namespace {

SequenceNumber number_of(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms) {
    const int64_t created_s = shard_created_s(shard_created_ms);
    return {created_s, offset, std::clamp(record_ms / 1000, created_s + 1, most_s), shard};
}

}  // namespace

// Its index is 80 bits up.
void SequenceNumbers::add_one() {
    constexpr Groups step = [] {
        __extension__ unsigned __int128 one = 1;
        one <<= 80;
        Groups made{};
        for (uint32_t& group : made) group = static_cast<uint32_t>(one % billion), one /= billion;
        return made;
    }();
    uint32_t carry = 0;
    for (size_t i = 0; i < groups && (carry != 0 || step[i] != 0); ++i) {
        value_[i] += step[i] + carry;
        carry = value_[i] >= billion ? 1 : 0;
        if (carry != 0) value_[i] -= billion;
        write_group(i);
    }
}

void SequenceNumbers::start() {
    value_ = to_groups(limbs_of(last_));
    for (size_t i = 0; i < groups; ++i) write_group(i);
}

void SequenceNumbers::write_group(size_t group) {
    write_nine(value_[group], &digits_[(groups - 1 - group) * group_digits]);
}

std::string_view SequenceNumbers::of(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms) {
    const SequenceNumber wanted = number_of(shard_created_ms, shard, offset, record_ms);
    SequenceNumber before = wanted;
    --before.index;
    const bool is_next = before == std::exchange(last_, wanted);
    is_next ? add_one() : start();
    const std::string_view digits(digits_.data(), digits_.size());
    return digits.substr(digits.find_first_not_of('0'));
}

std::string sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms) {
    return std::string(SequenceNumbers().of(shard_created_ms, shard, offset, record_ms));
}

std::string continuation_sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t next_offset,
                                         int64_t now_ms) {
    if (next_offset == 0) return starting_sequence_number(shard_created_ms, shard);
    SequenceNumber number = number_of(shard_created_ms, shard, next_offset - 1, now_ms);
    number.behind = true;
    return number.text();
}

std::string starting_sequence_number(int64_t shard_created_ms, uint32_t shard) {
    const int64_t created_s = shard_created_s(shard_created_ms);
    return SequenceNumber{created_s, 0, created_s, shard}.text();
}

std::string ending_sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t closed_ms) {
    return sequence_number(shard_created_ms, shard, INT64_MAX, closed_ms);
}

ShardId::ShardId(uint32_t shard) {
    std::memcpy(text_.data(), "shardId-000", 11);
    write_nine(shard % billion, text_.data() + 11);
    text_[10] = static_cast<char>('0' + shard / billion);
}

}  // namespace pinflow::kinesis
