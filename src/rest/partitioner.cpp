#include "rest/partitioner.h"

namespace pinflow::rest {

uint32_t murmur2(Bytes bytes) {
    constexpr uint32_t m = 0x5bd1e995;
    const auto byte = [&](size_t i) { return std::to_integer<uint32_t>(bytes[i]); };
    uint32_t hash = 0x9747b28c ^ static_cast<uint32_t>(bytes.size());
    const size_t whole = bytes.size() & ~size_t{3};
    for (size_t i = 0; i < whole; i += 4) {
        uint32_t word = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
        word *= m;
        word ^= word >> 24;
        hash = hash * m ^ word * m;
    }
    for (size_t i = bytes.size(); i-- > whole;) hash ^= byte(i) << 8 * (i - whole);
    if (whole != bytes.size()) hash *= m;
    hash ^= hash >> 13;
    hash *= m;
    return hash ^ hash >> 15;
}

int32_t partition_of_key(Bytes key, size_t partitions) {
    return static_cast<int32_t>((murmur2(key) & 0x7fffffff) % static_cast<uint32_t>(partitions));
}

OpenPartitions::OpenPartitions(const broker::Topic& topic) : count_(topic.partitions.size()) {
    if (topic.sealed.empty()) return;
    for (int32_t i = 0; i < static_cast<int32_t>(count_); ++i)
        if (!topic.sealed.contains(i)) open_.push_back(i);
    count_ = open_.size();
}

}  // namespace pinflow::rest
