#include "kinesis/shard_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr int64_t generation_ms = 1000;  // a sequence number tells shards apart by the second of their creation
constexpr HashKey last_key = ~HashKey{0};
constexpr std::string_view none = "-";

template <class T>
std::string text_of(const std::optional<T>& number) {
    return number ? std::to_string(*number) : std::string(none);
}

// False: neither a number nor none. Parents are older than the shard.
bool read_parent(std::string_view text, uint32_t shard, std::optional<uint32_t>& into) {
    if (text == none) return true;
    const auto number = parse_int(text);
    if (!number || *number < 0 || *number >= shard) return false;
    into = static_cast<uint32_t>(*number);
    return true;
}

// "FIRST LAST CREATED_MS CLOSED_MS PARENT ADJACENT_PARENT"
std::optional<Shard> parse_shard(std::string_view text, uint32_t number) {
    const auto parts = split(text, ' ');
    if (parts.size() != 6) return std::nullopt;
    const auto first = parse_hash_key(parts[0]), last = parse_hash_key(parts[1]);
    const auto created = parse_int(parts[2]), closed = parse_int(parts[3]);
    if (!first || !last || *first > *last || !created || (!closed && parts[3] != none)) return std::nullopt;
    Shard shard{.number = number, .range = {*first, *last}, .created_ms = *created};
    if (closed) shard.closed_ms = *closed;
    if (!read_parent(parts[4], number, shard.parent) || !read_parent(parts[5], number, shard.adjacent_parent))
        return std::nullopt;
    return shard;
}

}  // namespace

ShardTree ShardTree::uniform(size_t count, int64_t created_ms) {
    ShardTree tree;
    for (size_t i = 0; i < count; ++i)
        tree.add({.number = static_cast<uint32_t>(i), .range = range_of_shard(i, count), .created_ms = created_ms});
    tree.index();
    return tree;
}

std::optional<ShardTree> ShardTree::parse(std::string_view text) {
    ShardTree tree;
    for (const std::string_view each : pinflow::split(text, ';')) {
        const auto shard = parse_shard(each, static_cast<uint32_t>(tree.size()));
        if (!shard) return std::nullopt;
        tree.add(*shard);
    }
    if (!tree.index()) return std::nullopt;
    return tree;
}

std::string ShardTree::text() const {
    std::string text;
    for (const Shard& shard : shards_)
        fmt::format_to(std::back_inserter(text), "{}{} {} {} {} {} {}", text.empty() ? "" : ";",
                       decimal(shard.range.first), decimal(shard.range.last), shard.created_ms,
                       text_of(shard.closed_ms), text_of(shard.parent), text_of(shard.adjacent_parent));
    return text;
}

// False: the open shards have gaps or overlap.
bool ShardTree::index() {
    open_.clear();
    for (const Shard& shard : shards_)
        if (shard.open()) open_.push_back(shard.number);
    std::ranges::sort(open_, {}, [&](uint32_t number) { return shards_[number].range.first; });
    if (open_.empty() || shards_[open_.front()].range.first != 0) return false;
    for (size_t i = 1; i < open_.size(); ++i)
        if (shards_[open_[i]].range.first - 1 != shards_[open_[i - 1]].range.last) return false;
    return shards_[open_.back()].range.last == last_key;
}

const Shard& ShardTree::shard_of(HashKey key) const {
    const auto behind =
        std::ranges::upper_bound(open_, key, {}, [&](uint32_t number) { return shards_[number].range.first; });
    return shards_[*std::prev(behind)];
}

std::vector<Shard> ShardTree::children_of(uint32_t number) const {
    std::vector<Shard> children;
    std::ranges::copy_if(shards_, std::back_inserter(children),
                         [&](const Shard& shard) { return shard.came_of(number); });
    return children;
}

// When its children come into being.
int64_t ShardTree::close(uint32_t number, int64_t now_ms) {
    Shard& shard = shards_[number];
    shard.closed_ms = std::max(now_ms, shard.created_ms + generation_ms);
    return *shard.closed_ms;
}

void ShardTree::split(uint32_t number, HashKey at, int64_t now_ms) {
    const int64_t then = close(number, now_ms);
    const auto [first, last] = shards_[number].range;
    const auto next = static_cast<uint32_t>(size());
    add({.number = next, .range = {first, at - 1}, .created_ms = then, .parent = number});
    add({.number = next + 1, .range = {at, last}, .created_ms = then, .parent = number});
    const auto place = std::ranges::find(open_, number);
    *place = next;
    open_.insert(std::next(place), next + 1);
}

void ShardTree::merge(uint32_t lower, uint32_t upper, int64_t now_ms) {
    // One time for both: at any time the shards that are open cover the hash space.
    const int64_t then = std::max(close(lower, now_ms), close(upper, now_ms));
    shards_[lower].closed_ms = shards_[upper].closed_ms = then;
    const auto place = std::ranges::find(open_, lower);
    *place = static_cast<uint32_t>(size());
    open_.erase(std::next(place));
    add({.number = *place,
         .range = {shards_[lower].range.first, shards_[upper].range.last},
         .created_ms = then,
         .parent = lower,
         .adjacent_parent = upper});
}

// Where equal parts begin. A shard of a single key is none that clients take, the Kinesis Client
// Library refuses it: where a border would leave one, the border that is there already serves.
std::vector<HashKey> ShardTree::even_borders(size_t count) const {
    std::vector<HashKey> borders = {0};
    for (size_t i = 1; i < count; ++i) {
        const HashKey even = range_of_shard(i, count).first;
        const auto [first, last] = shard_of(even).range;
        borders.push_back(even == first + 1 ? first : even == last ? last + 1 : even);
    }
    return borders;
}

void ShardTree::spread(size_t count, int64_t now_ms) {
    const std::vector<HashKey> borders = even_borders(count);
    for (size_t i = 1; i < count; ++i) {
        const Shard shard = shard_of(borders[i]);
        if (shard.range.first != borders[i]) split(shard.number, borders[i], now_ms);
    }
    for (size_t i = 0; i < count; ++i) {
        const HashKey last = i + 1 < count ? borders[i + 1] - 1 : last_key;
        for (Shard lower = shard_of(borders[i]); lower.range.last != last; lower = shard_of(borders[i]))
            merge(lower.number, shard_of(lower.range.last + 1).number, now_ms);
    }
}

}  // namespace pinflow::kinesis
