#include "kinesis/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t created_before_ms = 2000;
constexpr size_t hex_digits = 47;
constexpr int64_t most_s = (int64_t{1} << 36) - 1;  // of nine hex digits

// Six limbs of 32 bits, the lowest first, hold the 188 bits.
using Limbs = std::array<uint32_t, 6>;

constexpr auto two_digits = [] {
    std::array<std::array<char, 2>, 100> table{};
    for (size_t i = 0; i < table.size(); ++i)
        table[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    return table;
}();

// Nine digits in front of `end`; where they begin.
char* write_nine(uint32_t number, char* end) {
    for (int pair = 0; pair < 4; ++pair, number /= 100) std::memcpy(end -= 2, two_digits[number % 100].data(), 2);
    *--end = static_cast<char>('0' + number);
    return end;
}

std::string to_decimal(Limbs limbs) {
    constexpr uint32_t billion = 1'000'000'000;
    std::array<char, 63> digits;  // seven groups of nine, written from the back
    char* front = digits.end();
    for (size_t size = limbs.size(); size > 0; size -= limbs[size - 1] == 0 ? 1 : 0) {
        uint64_t rest = 0;
        for (size_t i = size; i-- > 0;) {
            rest = rest << 32 | limbs[i];
            limbs[i] = static_cast<uint32_t>(rest / billion);
            rest %= billion;
        }
        front = write_nine(static_cast<uint32_t>(rest), front);
    }
    return {std::find_if(front, digits.end(), [](char c) { return c != '0'; }), digits.end()};
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

void put(Limbs& limbs, size_t first, size_t count, uint64_t value) {
    for (size_t i = first + count; i-- > first; value >>= 4) {
        const size_t from_low = hex_digits - 1 - i;
        limbs[from_low / 8] |= static_cast<uint32_t>(value & 15) << from_low % 8 * 4;
    }
}

}  // namespace

std::string SequenceNumber::text() const {
    Limbs limbs{};
    put(limbs, 0, 1, 2);
    put(limbs, 1, 9, static_cast<uint64_t>(shard_created_s));
    put(limbs, 10, 1, shard);
    put(limbs, 11, 16, static_cast<uint64_t>(index));
    put(limbs, 27, 2, behind ? 1 : 0);
    put(limbs, 29, 9, static_cast<uint64_t>(record_s));
    put(limbs, 38, 8, shard);
    put(limbs, 46, 1, 2);
    return to_decimal(limbs);
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

std::string sequence_number(int64_t shard_created_ms, uint32_t shard, int64_t offset, int64_t record_ms) {
    return number_of(shard_created_ms, shard, offset, record_ms).text();
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

std::string shard_id(uint32_t shard) {
    return fmt::format("shardId-{:012}", shard);
}

}  // namespace pinflow::kinesis
