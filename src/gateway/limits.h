// What is counted while requests come: buckets and quotas. Any thread, without locks; exact over all of them.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/token_bucket.h"
#include "gateway/definition.h"

namespace pinflow::gateway {

// A bucket, and what it was made for.
struct Bucket {
    explicit Bucket(const Throttle& of) : throttle(of), tokens(of.rate, static_cast<double>(of.burst)) {}
    const Throttle throttle;
    TokenBucket tokens;
};

// Which day, week (from Monday) or month since 1970 (months: since the year 0) a time lies in, by UTC.
inline int64_t period_number(Period period, int64_t wall_ms) {
    using namespace std::chrono;
    const sys_days day = floor<days>(sys_time<milliseconds>(milliseconds(wall_ms)));
    const int64_t number = day.time_since_epoch().count();
    if (period == Period::day) return number;
    if (period == Period::week) return (number + 3) / 7;  // 1970 began on a Thursday
    const year_month_day date(day);
    return int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month()) - 1;
}

// What a key has used of its plan's quota: the number of a period, and a count in it.
class QuotaCount {
  public:
    struct Value {
        int64_t number = 0;
        int64_t used = 0;
        bool operator==(const Value&) const = default;
    };

    explicit QuotaCount(Period period) : period_(period) {}
    QuotaCount(Period period, Value value) : period_(period), packed_(pack(value)) {}
    Period period() const { return period_; }

    // False: the quota is spent. While the clock is set back counting goes on in the later period.
    bool take(int64_t wall_ms, int64_t quota) {
        const int64_t number = period_number(period_, wall_ms);
        uint64_t packed = packed_.load(std::memory_order_relaxed);
        while (true) {
            Value value = unpack(packed);
            if (number > value.number) value = {number, 0};
            if (value.used >= quota) return false;
            ++value.used;
            if (packed_.compare_exchange_weak(packed, pack(value), std::memory_order_relaxed)) return true;
        }
    }
    static bool holds(Value value) {
        return value.number >= 0 && value.number < 1 << 24 && value.used >= 0 && value.used < int64_t{1} << count_bits;
    }
    Value value() const { return unpack(packed_.load(std::memory_order_relaxed)); }

  private:
    static constexpr int count_bits = 40;  // more than any quota
    static uint64_t pack(Value value) {
        return static_cast<uint64_t>(value.number) << count_bits | static_cast<uint64_t>(value.used);
    }
    static Value unpack(uint64_t packed) {
        return {static_cast<int64_t>(packed >> count_bits),
                static_cast<int64_t>(packed & ((uint64_t{1} << count_bits) - 1))};
    }

    const Period period_;
    std::atomic<uint64_t> packed_ = 0;
};

}  // namespace pinflow::gateway
