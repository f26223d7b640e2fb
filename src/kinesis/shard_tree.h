// All shards that a stream ever had, open and closed: how they divide the hash space and which came of which. A plain
// value; it travels as text in a label of the stream's topic (docs/kinesis_shards.md).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis/hash_key.h"

namespace pinflow::kinesis {

struct Shard {
    uint32_t number = 0;
    HashRange range{};
    int64_t created_ms = 0;
    std::optional<int64_t> closed_ms;  // none: open. Its children's created_ms
    std::optional<uint32_t> parent;
    std::optional<uint32_t> adjacent_parent;  // of what came of a merge: the upper one

    bool open() const { return !closed_ms; }
    bool came_of(uint32_t shard) const { return parent == shard || adjacent_parent == shard; }
    bool operator==(const Shard&) const = default;
};

class ShardTree {
  public:
    // A stream as it is created: equal parts.
    static ShardTree uniform(size_t count, int64_t created_ms);
    // What text() made; nothing if it is anything else, also where open shards do not cover the hash space once.
    static std::optional<ShardTree> parse(std::string_view text);
    std::string text() const;

    size_t size() const { return shards_.size(); }
    const std::vector<Shard>& shards() const { return shards_; }  // by number
    const Shard& operator[](size_t number) const { return shards_[number]; }
    size_t open_count() const { return open_.size(); }
    const Shard& shard_of(HashKey key) const;  // the open one
    std::vector<Shard> children_of(uint32_t number) const;

    // `at` is where the upper child begins; it lies in the open shard, and not at its front. A child is a second
    // younger than its parent at least, so that its sequence numbers are the greater ones.
    void split(uint32_t number, HashKey at, int64_t now_ms);
    // Both open, `upper` right behind `lower`.
    void merge(uint32_t lower, uint32_t upper, int64_t now_ms);
    // Equal parts (to one key), by splits at their borders and merges of two at a time, as the service does it: what
    // comes in between is short-lived.
    void spread(size_t count, int64_t now_ms);

  private:
    bool index();
    void add(const Shard& shard) { shards_.push_back(shard); }
    int64_t close(uint32_t number, int64_t now_ms);
    std::vector<HashKey> even_borders(size_t count) const;

    std::vector<Shard> shards_;
    std::vector<uint32_t> open_;  // by their place in the hash space
};
using ShardTreePtr = std::shared_ptr<const ShardTree>;

}  // namespace pinflow::kinesis
