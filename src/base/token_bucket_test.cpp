#include "base/token_bucket.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pinflow {
namespace {

int taken(TokenBucket& bucket, int64_t now_ms, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += bucket.take(now_ms) ? 1 : 0;
    return count;
}

TEST(TokenBucket, HoldsABurstAndFillsWithItsRate) {
    TokenBucket bucket(10, 5);
    EXPECT_EQ(taken(bucket, 1'000'000, 100), 5);
    EXPECT_EQ(taken(bucket, 1'000'099, 100), 0);
    EXPECT_EQ(taken(bucket, 1'000'100, 100), 1);
    EXPECT_EQ(taken(bucket, 1'000'300, 100), 2);
    EXPECT_FALSE(bucket.is_full(1'000'799));
    EXPECT_TRUE(bucket.is_full(1'000'800));
    EXPECT_EQ(taken(bucket, 1'060'000, 100), 5) << "never more than the burst";
}

TEST(TokenBucket, TheSlowestAndTheFastest) {
    TokenBucket slow(0.001, 1);
    EXPECT_EQ(taken(slow, 0, 2), 1);
    EXPECT_EQ(taken(slow, 999'999, 2), 0);
    EXPECT_EQ(taken(slow, 1'000'000, 2), 1);
    TokenBucket fast(1e7, 10'000);
    EXPECT_EQ(taken(fast, 0, 20'000), 10'000);
    EXPECT_EQ(taken(fast, 1, 20'000), 10'000);
}

TEST(TokenBucket, GivesManyAtOnceOrNone) {
    TokenBucket bucket(1000, 1000);
    EXPECT_TRUE(bucket.take(0, 600));
    EXPECT_FALSE(bucket.take(0, 401));
    EXPECT_TRUE(bucket.take(0, 400));
    EXPECT_FALSE(bucket.take(0, 1));
    bucket.give(400);
    EXPECT_TRUE(bucket.take(0, 400)) << "was given back";
    EXPECT_EQ(bucket.owed_ms(0), 0);
}

TEST(TokenBucket, AFullOneGivesMoreThanItHolds) {
    TokenBucket bucket(1000, 1000);
    EXPECT_TRUE(bucket.take(0, 3000));
    EXPECT_EQ(bucket.owed_ms(0), 2000);
    EXPECT_FALSE(bucket.take(1999, 1));
    EXPECT_TRUE(bucket.take(2001, 1));
    EXPECT_FALSE(bucket.take(2999, 3000)) << "not full";
    EXPECT_TRUE(bucket.take(3001, 3000));
}

TEST(TokenBucket, WhatIsChargedIsOwed) {
    TokenBucket bucket(1000, 10'000);
    bucket.charge(0, 10'000);
    EXPECT_EQ(bucket.owed_ms(0), 0);
    bucket.charge(0, 500);
    EXPECT_EQ(bucket.owed_ms(0), 500);
    EXPECT_EQ(bucket.owed_ms(499), 1);
    EXPECT_EQ(bucket.owed_ms(500), 0);
    for (int i = 0; i < 100'000; ++i) bucket.charge(0, 1e300);
    EXPECT_EQ(bucket.owed_ms(0), 1'000'000'000) << "there is an end to it";
}

TEST(TokenBucket, IsExactOverAllThreads) {
    TokenBucket bucket(1, 5000);
    std::atomic<int> count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) threads.emplace_back([&] { count += taken(bucket, 7, 5000); });
    threads.clear();
    EXPECT_EQ(count, 5000);
}

}  // namespace
}  // namespace pinflow
