#include "gateway/limits.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pinflow::gateway {
namespace {

constexpr int64_t day_ms = 86'400'000;

// Runs `job` on four threads at once; how many of its calls were true.
template <class Job>
int64_t of_four_threads(int calls, Job job) {
    std::atomic<int64_t> count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < calls; ++i) count += job() ? 1 : 0;
        });
    threads.clear();
    return count;
}

TEST(Period, NumbersBeginWithTheUtcDayTheMondayAndTheMonth) {
    EXPECT_EQ(period_number(Period::day, day_ms - 1), 0);
    EXPECT_EQ(period_number(Period::day, day_ms), 1);
    constexpr int64_t monday = 1'767'571'200'000;  // 2026-01-05T00:00Z
    EXPECT_EQ(period_number(Period::week, monday - 1) + 1, period_number(Period::week, monday));
    EXPECT_EQ(period_number(Period::week, monday + 7 * day_ms - 1), period_number(Period::week, monday));
    constexpr int64_t new_year = 1'767'225'600'000;  // 2026-01-01T00:00Z
    EXPECT_EQ(period_number(Period::month, new_year), 2026 * 12);
    EXPECT_EQ(period_number(Period::month, new_year - 1), 2026 * 12 - 1);
}

TEST(QuotaCount, IsSpentAndBeginsAnewWithThePeriod) {
    QuotaCount count(Period::day);
    EXPECT_TRUE(count.take(5 * day_ms, 2));
    EXPECT_TRUE(count.take(6 * day_ms - 1, 2));
    EXPECT_FALSE(count.take(6 * day_ms - 1, 2));
    EXPECT_EQ(count.value(), (QuotaCount::Value{5, 2})) << "what was refused does not count";
    EXPECT_TRUE(count.take(6 * day_ms, 2));
    EXPECT_EQ(count.value(), (QuotaCount::Value{6, 1}));
    EXPECT_TRUE(count.take(5 * day_ms, 2)) << "the clock was set back";
    EXPECT_EQ(count.value(), (QuotaCount::Value{6, 2}));
    EXPECT_FALSE(count.take(5 * day_ms, 2));
}

TEST(QuotaCount, IsExactOverAllThreads) {
    QuotaCount count(Period::month);
    EXPECT_EQ(of_four_threads(5000, [&] { return count.take(day_ms, 12'345); }), 12'345);
    EXPECT_EQ(count.value().used, 12'345);
}

}  // namespace
}  // namespace pinflow::gateway
