#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "broker/topics.h"

namespace pinflow::broker {
namespace {

class TopicsDefaultsTest : public testing::Test {
  protected:
    void SetUp() override {
        log::Options options;
        options.background = false;
        options.wal_file_bytes = 1 << 20;
        log_ = log::Log::open(disk_, system_clock(), "/data/log", options).value();
        topics_ = Topics::open(disk_, system_clock(), *log_, "/data/topics", {}).value();
        ASSERT_TRUE(topics_->create("plain", 2));
        ASSERT_TRUE(topics_->create("own", 1, {{"retention.ms", "5000"}}));
    }
    static log::Config with(const std::map<std::string, std::string>& settings) {
        return log::Config::from(settings, {}).value();
    }
    Result<> change(const std::map<std::string, std::string>& settings) {
        return topics_->change_defaults(with(settings), [&] { return ++kept_, Result<>(); });
    }
    int64_t retention_ms(const std::string& topic, int32_t partition = 0) const {
        return log_->find(topic, partition)->settings()->retention_ms;
    }

    FaultyDisk disk_{5};
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<Topics> topics_;
    int kept_ = 0;
};

TEST_F(TopicsDefaultsTest, OpenPartitionsFollowAtOnceUnlessTheTopicSaysOtherwise) {
    ASSERT_TRUE(change({{"retention.ms", "777"}, {"max.message.bytes", "2000"}}));
    EXPECT_EQ(kept_, 1);
    EXPECT_EQ(topics_->defaults().retention_ms, 777);
    EXPECT_EQ(retention_ms("plain"), 777);
    EXPECT_EQ(retention_ms("plain", 1), 777);
    EXPECT_EQ(retention_ms("own"), 5000);
    EXPECT_EQ(log_->find("own", 0)->max_message_bytes(), 2000);
    ASSERT_TRUE(topics_->set_config("own", {}));
    EXPECT_EQ(retention_ms("own"), 777) << "falls back to what holds now";
    ASSERT_TRUE(topics_->create("later", 1));
    EXPECT_EQ(retention_ms("later"), 777);
    ASSERT_TRUE(topics_->add_partitions("later", 2));
    EXPECT_EQ(retention_ms("later", 1), 777);
    ASSERT_TRUE(change({}));
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
}

TEST_F(TopicsDefaultsTest, ATopicThatCannotHaveThemIsNamedAndNothingChanges) {
    ASSERT_TRUE(topics_->create("lag", 1, {{"min.compaction.lag.ms", "500"}}));
    const auto refused = change({{"max.compaction.lag.ms", "400"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "topic 'lag': min.compaction.lag.ms (500) is more than max.compaction.lag.ms (400)");
    EXPECT_EQ(kept_, 0);
    EXPECT_EQ(topics_->defaults(), log::Config());
    EXPECT_FALSE(topics_->check_defaults(with({{"max.compaction.lag.ms", "400"}})));
    EXPECT_TRUE(change({{"max.compaction.lag.ms", "500"}}));
    EXPECT_FALSE(topics_->create("worse", 1, {{"min.compaction.lag.ms", "501"}}));
    EXPECT_FALSE(topics_->set_config("plain", {{"min.compaction.lag.ms", "501"}}));
}

TEST_F(TopicsDefaultsTest, ATopicThatHasTroubleAnywayBlocksNothing) {
    ASSERT_TRUE(topics_->create("old", 1, {{"min.compaction.lag.ms", "500"}, {"max.compaction.lag.ms", "600"}}));
    topics_.reset();
    const std::string file = "/data/topics/old.json";
    std::string text = *read_file(disk_, file);
    text.replace(text.find("\"600\""), 5, "\"400\"");
    ASSERT_TRUE(replace_file(disk_, file, text));
    topics_ = Topics::open(disk_, system_clock(), *log_, "/data/topics", {}).value();
    ASSERT_EQ(topics_->find("old")->config.at("max.compaction.lag.ms"), "400");
    EXPECT_TRUE(change({})) << "what changes nothing is always good";
    ASSERT_TRUE(change({{"retention.ms", "777"}}));
    EXPECT_EQ(retention_ms("plain"), 777);
    EXPECT_EQ(retention_ms("old"), 777);
    ASSERT_TRUE(topics_->create("lag", 1, {{"min.compaction.lag.ms", "500"}}));
    const auto refused = change({{"max.compaction.lag.ms", "450"}});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("topic 'lag': ")) << refused.error().message;
}

TEST_F(TopicsDefaultsTest, WhatCannotBeKeptIsNotUsed) {
    const auto refused =
        topics_->change_defaults(with({{"retention.ms", "777"}}), []() -> Result<> { return fail(Code::io, "no"); });
    EXPECT_FALSE(refused);
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
    EXPECT_EQ(topics_->defaults(), log::Config());
}

}  // namespace
}  // namespace pinflow::broker
