// A token bucket, kept as the time at which it is full again (GCRA), so that one number tells everything. Any thread,
// without locks; exact over all of them.
#pragma once
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>

namespace pinflow {

class TokenBucket {
  public:
    // `rate` tokens fall into it a second, and it holds `burst`.
    TokenBucket(double rate, double burst) : ns_per_token_(std::min(1e9 / rate, 1e18)), depth_ns_(ns_of(burst)) {}

    // False: there are not so many in it, and nothing was taken. A full one gives more than it holds, too, which is
    // then owed: else what is larger would never get through.
    bool take(int64_t now_ms, double tokens = 1) {
        const int64_t now_ns = now_ms * ns_per_ms, cost_ns = ns_of(tokens);
        int64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
        while (true) {
            const int64_t from = std::max(full_at, now_ns);
            if (from > now_ns && from + cost_ns - now_ns > depth_ns_) return false;
            if (full_at_ns_.compare_exchange_weak(full_at, from + cost_ns, std::memory_order_relaxed)) return true;
        }
    }
    // Takes them whatever is in it: what is not is owed.
    void charge(int64_t now_ms, double tokens) {
        const int64_t now_ns = now_ms * ns_per_ms, cost_ns = ns_of(tokens);
        int64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
        while (!full_at_ns_.compare_exchange_weak(
            full_at, std::min(std::max(full_at, now_ns), now_ns + most_ns) + cost_ns, std::memory_order_relaxed)) {
        }
    }
    // What was taken and not used.
    void give(double tokens) { full_at_ns_.fetch_sub(ns_of(tokens), std::memory_order_relaxed); }

    // Until nothing is owed any more; it fits into 32 bits.
    int64_t owed_ms(int64_t now_ms) const {
        const int64_t owed_ns = full_at_ns_.load(std::memory_order_relaxed) - now_ms * ns_per_ms - depth_ns_;
        return owed_ns <= 0 ? 0 : std::min((owed_ns + ns_per_ms - 1) / ns_per_ms, most_told_ms);
    }
    // As if nobody had ever come.
    bool is_full(int64_t now_ms) const { return full_at_ns_.load(std::memory_order_relaxed) <= now_ms * ns_per_ms; }

  private:
    static constexpr int64_t ns_per_ms = 1'000'000;
    static constexpr int64_t most_ns = 2'000'000'000'000'000'000;  // no sum of two of these overflows
    static constexpr int64_t most_told_ms = 1'000'000'000;

    int64_t ns_of(double tokens) const {
        return std::llround(std::clamp(tokens * ns_per_token_, 0.0, static_cast<double>(most_ns)));
    }

    const double ns_per_token_;
    const int64_t depth_ns_;
    std::atomic<int64_t> full_at_ns_ = INT64_MIN / 2;
};

}  // namespace pinflow
