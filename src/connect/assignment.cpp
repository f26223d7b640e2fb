#include "connect/assignment.h"

namespace pinflow::connect {
namespace {

bool contains(const std::vector<PartitionPtr>& all, const PartitionPtr& one) {
    return std::ranges::find(all, one) != all.end();
}

auto smallest(Shares& shares) {
    return std::ranges::min_element(shares, {}, &std::vector<PartitionPtr>::size);
}

auto largest(Shares& shares) {
    return std::ranges::max_element(shares, {}, &std::vector<PartitionPtr>::size);
}

}  // namespace

Shares share_out(Shares held, const std::vector<PartitionPtr>& present) {
    if (held.empty()) return held;
    for (auto& share : held) std::erase_if(share, [&](const PartitionPtr& each) { return !contains(present, each); });
    for (const PartitionPtr& each : present) {
        if (std::ranges::any_of(held, [&](const auto& share) { return contains(share, each); })) continue;
        smallest(held)->push_back(each);
    }
    while (largest(held)->size() > smallest(held)->size() + 1) {
        const auto from = largest(held);
        smallest(held)->push_back(std::move(from->back()));
        from->pop_back();
    }
    return held;
}

}  // namespace pinflow::connect
