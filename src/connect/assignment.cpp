#include "connect/assignment.h"

namespace pinflow::connect {
namespace {

bool has_name(const PartitionPtr& one, const PartitionPtr& other) {
    return one->index() == other->index() && one->topic() == other->topic();
}

auto smallest(Shares& shares) {
    return std::ranges::min_element(shares, {}, &std::vector<PartitionPtr>::size);
}

}  // namespace

Shares share_out(const Shares& held, const std::vector<PartitionPtr>& present) {
    Shares shares(held.size());
    if (held.empty()) return shares;
    std::vector<PartitionPtr> added;
    for (const PartitionPtr& each : present) {
        const auto holder = std::ranges::find_if(held, [&](const auto& share) {
            return std::ranges::any_of(share, [&](const PartitionPtr& one) { return has_name(one, each); });
        });
        (holder == held.end() ? added : shares[static_cast<size_t>(holder - held.begin())]).push_back(each);
    }
    for (const PartitionPtr& each : added) smallest(shares)->push_back(each);
    return shares;
}

}  // namespace pinflow::connect
