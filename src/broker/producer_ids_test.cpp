#include "broker/producer_ids.h"

#include <gtest/gtest.h>

#include <set>

#include "base/faulty_disk.h"

namespace pinflow::broker {
namespace {

class ProducerIdsTest : public testing::Test {
  protected:
    void SetUp() override {
        log::Options options;
        options.background = false;
        options.wal_file_bytes = 1 << 20;
        log_ = std::move(*log::Log::open(disk_, system_clock(), "/data/log", options));
    }
    std::unique_ptr<ProducerIds> open() {
        auto ids = ProducerIds::open(disk_, "/data/producer-ids", *log_);
        if (ids) return std::move(*ids);
        ADD_FAILURE() << ids.error().message;
        return nullptr;
    }

    FaultyDisk disk_{3};
    std::unique_ptr<log::Log> log_;
};

TEST_F(ProducerIdsTest, NeverGivesAnIdTwice) {
    std::set<int64_t> given;
    for (int start = 0; start < 5; ++start) {
        const auto ids = open();
        for (int i = 0; i < 1'700; ++i) EXPECT_TRUE(given.insert(*ids->next()).second);
    }
    EXPECT_LT(*given.rbegin(), 5 * 2 * ProducerIds::block_size);
}

TEST_F(ProducerIdsTest, NotAfterAPowerLossEither) {
    const int64_t first = *open()->next();
    log_.reset();
    disk_.power_loss();
    disk_.restart();
    SetUp();
    EXPECT_GT(*open()->next(), first);
}

TEST_F(ProducerIdsTest, StaysAboveWhatOthersKnow) {
    const auto ids = open();
    (void)ids->next();
    ids->never_below(5'000);
    EXPECT_EQ(*ids->next(), 5'000);
    ids->never_below(10);
    EXPECT_EQ(*ids->next(), 5'001);
}

TEST_F(ProducerIdsTest, ALostFileIsMadeUpForByTheLog) {
    const auto partition = *log_->create("pins", Uuid::random(), 0, {});
    log::BatchBuilder builder;
    builder.add(1, std::nullopt, std::nullopt);
    const auto batch = builder.finish();
    log::stamp_producer(batch, {4'711, 0, 0, false});
    ASSERT_TRUE(partition->append(batch));
    EXPECT_GT(*open()->next(), 4'711);
}

TEST_F(ProducerIdsTest, AFileOfNonsenseIsAnError) {
    ASSERT_TRUE(replace_file(disk_, "/data/producer-ids", "many\n"));
    const auto ids = ProducerIds::open(disk_, "/data/producer-ids", *log_);
    ASSERT_FALSE(ids);
    EXPECT_EQ(ids.error().code, Code::corrupt);
}

}  // namespace
}  // namespace pinflow::broker
