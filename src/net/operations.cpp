#include "net/operations.h"

#include <algorithm>

namespace pinflow::net {
// A door's operations are literals: most calls find theirs by its address.
Operations::Counts& Operations::counts_of(std::string_view operation) {
    const size_t size = size_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < size; ++i)
        if (all_[i]->operation.data() == operation.data() || all_[i]->operation == operation) return *all_[i];
    if (size == most) return *all_.back();
    all_[size] = std::make_unique<Counts>();
    all_[size]->operation = size + 1 == most ? other : operation;
    size_.store(size + 1, std::memory_order_release);
    return *all_[size];
}

void Operations::count(std::string_view operation, int status, int64_t took_us) {
    Counts& counts = counts_of(operation);
    const auto at = std::ranges::lower_bound(statuses, status) - statuses.begin();
    const auto index = static_cast<size_t>(at);
    counts.answers[index < statuses.size() && statuses[index] == status ? index : statuses.size()].add(1);
    const auto bucket = std::ranges::lower_bound(bucket_bounds_us, took_us) - bucket_bounds_us.begin();
    counts.buckets[static_cast<size_t>(bucket)].add(1);
    counts.took_us.add(static_cast<uint64_t>(std::max<int64_t>(0, took_us)));
}

void Operations::add_to(Totals& totals) const {
    const size_t size = size_.load(std::memory_order_acquire);
    for (size_t i = 0; i < size; ++i) {
        OperationTotals& sum = totals[all_[i]->operation];
        for (size_t j = 0; j < all_[i]->answers.size(); ++j)
            if (const uint64_t n = all_[i]->answers[j].get(); n > 0)
                sum.answers[j < statuses.size() ? statuses[j] : other_status] += n;
        for (size_t j = 0; j < sum.buckets.size(); ++j) sum.buckets[j] += all_[i]->buckets[j].get();
        sum.took_us += all_[i]->took_us.get();
    }
}

}  // namespace pinflow::net
