#include "broker/topics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

namespace pinflow::broker {
namespace {

namespace fs = std::filesystem;

class TopicsTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / fmt::format("pinflow-topics-{}-{}", ::getpid(), Uuid::random().text());
        open();
    }
    void TearDown() override {
        topics_.reset();
        log_.reset();
        fs::remove_all(folder_);
    }
    void open() {
        topics_.reset();
        log_.reset();
        log::Options options;
        options.background = false;
        options.wal_file_bytes = 1 << 20;
        auto log = log::Log::open(posix_disk(), system_clock(), folder_ / "log", options);
        ASSERT_TRUE(log) << log.error().message;
        log_ = std::move(*log);
        auto topics = Topics::open(posix_disk(), system_clock(), *log_, folder_ / "topics", {});
        ASSERT_TRUE(topics) << topics.error().message;
        topics_ = std::move(*topics);
    }
    void append(const std::string& topic) {
        log::BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("value"));
        auto& partition = *topics_->find(topic)->partitions[0];
        const auto done = partition.append(builder.finish());
        ASSERT_TRUE(done);
        std::promise<void> acked;
        partition.when_acked(done->last_offset, log::Ack::durable, [&](Result<>) { acked.set_value(); });
        acked.get_future().get();
    }
    fs::path folder_;
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<Topics> topics_;
};

TEST_F(TopicsTest, NamesFollowKafkasRule) {
    EXPECT_TRUE(check_topic_name("a.B_c-9"));
    EXPECT_TRUE(check_topic_name(std::string(249, 'a')));
    for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string(250, 'a'),
                                   std::string("a/b"), std::string("a b"), std::string("ä"), std::string("a\0b", 3)})
        EXPECT_EQ(check_topic_name(bad).error().code, Code::invalid) << bad;
}

TEST_F(TopicsTest, KeepsTopicsOverARestart) {
    const auto made = topics_->create("t-1", 3, {{"retention.ms", "5000"}}, {{"door", "true"}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(topics_->create("t-1", 1).error().code, Code::exists);
    EXPECT_EQ(topics_->create("u", 0).error().code, Code::invalid);
    EXPECT_EQ(topics_->create("u", 1, {{"no.such", "1"}}).error().code, Code::invalid);
    EXPECT_TRUE(topics_->edit_labels("t-1", [](auto& labels) { return labels["a"] = "b", Result<>(); }));
    EXPECT_TRUE(topics_->add_partitions("t-1", 4));
    const Uuid id = (*made)->id;
    open();
    const auto topic = topics_->find("t-1");
    ASSERT_TRUE(topic);
    EXPECT_EQ(topic->id, id);
    EXPECT_EQ(topic->partitions.size(), 4u);
    EXPECT_EQ(topic->labels.at("a"), "b");
    EXPECT_EQ(topic->partitions[2]->config().retention_ms, 5000);
    EXPECT_EQ(topics_->find(id), topic);
    ASSERT_TRUE(topics_->add_partitions("t-1", 5));
    EXPECT_EQ(topics_->find(id)->partitions.size(), 5u) << "by id as by name: the newest";
    EXPECT_FALSE(topics_->find(Uuid()));
}

TEST_F(TopicsTest, AutoCreatesPurgesAndRemoves) {
    ASSERT_TRUE(topics_->find_or_create("x"));
    EXPECT_EQ(topics_->find("x")->partitions.size(), 1u);
    append("x");
    ASSERT_TRUE(topics_->purge("x"));
    EXPECT_EQ(topics_->find("x")->partitions[0]->start_offset(), 1);
    const Uuid id = topics_->find("x")->id;
    ASSERT_TRUE(topics_->remove("x"));
    EXPECT_FALSE(topics_->find("x"));
    EXPECT_FALSE(topics_->find(id));
    EXPECT_EQ(topics_->remove("x").error().code, Code::not_found);
    open();
    EXPECT_TRUE(topics_->list().empty());
    ASSERT_TRUE(topics_->find_or_create("x"));
    EXPECT_NE(topics_->find("x")->id, id);
    EXPECT_EQ(topics_->find("x")->partitions[0]->end_offset(), 0);
}

TEST_F(TopicsTest, TakesUpRecordsWhoseTopicFileIsGone) {
    ASSERT_TRUE(topics_->create("lost", 2));
    append("lost");
    const Uuid id = topics_->find("lost")->id;
    fs::remove(folder_ / "topics" / "lost.json");
    open();
    ASSERT_TRUE(topics_->find("lost"));
    EXPECT_EQ(topics_->find("lost")->id, id);
    EXPECT_EQ(topics_->find("lost")->partitions[0]->end_offset(), 1);
}

}  // namespace
}  // namespace pinflow::broker
