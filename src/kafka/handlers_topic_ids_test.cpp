// Topics named by id: Produce since 13, Fetch since 13. Committed offsets: handlers_group_test.cpp.
#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

class TopicIdsTest : public HandlersWorld {
  protected:
    void SetUp() override {
        HandlersWorld::SetUp();
        topic_ = topics_->create("t", 2).value();
    }
    ErrorCode produce(const Uuid& id, int32_t partition = 0) {
        log::BatchBuilder builder;
        builder.add(system_clock().wall_ms(), std::nullopt, as_bytes("value"));
        ProduceRequest request;
        request.acks = -1;
        const MutableBytes batch = builder.finish();
        request.topics = {{.name = "t", .topic_id = id, .partitions = {{.index = partition, .records = batch}}}};
        const auto answer = ask<ProduceResponse>(request, 13);
        EXPECT_EQ(answer.topics.at(0).topic_id, id);
        return answer.topics.at(0).partitions.at(0).error_code;
    }
    FetchResponse::Partition fetch(const Uuid& id, int16_t version, int32_t epoch = -1) {
        FetchRequest request;
        request.topics = {
            {.name = "t",
             .topic_id = id,
             .partitions = {{.index = 0, .current_leader_epoch = epoch, .partition_max_bytes = 1 << 20}}}};
        coming_.emplace(begin<FetchResponse>(request, version));
        fetched_ = coming_->get();
        EXPECT_EQ(fetched_.topics.at(0).topic_id, id);
        return fetched_.topics.at(0).partitions.at(0);
    }

    // The log starts again after a stop that was not a clean one, which raises the epochs of its leaders.
    void lose_power() {
        TearDown();
        topic_.reset();
        coming_.reset();
        disk_.power_loss();
        door_.reset();
        transactions_.reset();
        ids_.reset();
        groups_.reset();
        topics_.reset();
        log_.reset();
        disk_.restart();
        HandlersWorld::SetUp();
        topic_ = topics_->find("t");
    }

    broker::TopicPtr topic_;
    std::optional<Coming<FetchResponse>> coming_;  // the bytes of what was fetched
    FetchResponse fetched_;
};

TEST_F(TopicIdsTest, TheIdCounts) {
    EXPECT_EQ(produce(topic_->id), ErrorCode::none);
    EXPECT_EQ(produce(topic_->id, 2), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(produce(Uuid()), ErrorCode::unknown_topic_id) << "the name does not";
    EXPECT_EQ(produce(topics_->create("__consumer_offsets", 1).value()->id), ErrorCode::invalid_topic_exception);
    for (const int16_t version : {13, 14, 15, 16, 17, 18}) {
        const auto fetched = fetch(topic_->id, version);
        EXPECT_EQ(fetched.high_watermark, 1) << version;
        EXPECT_GT(fetched.records->size_bytes(), 61u) << version;
        EXPECT_EQ(fetch(Uuid(), version).error_code, ErrorCode::unknown_topic_id) << version;
    }
}

TEST_F(TopicIdsTest, ATopicThatIsMadeAnewIsAnother) {
    const Uuid old = topic_->id;
    ASSERT_TRUE(topics_->remove("t"));
    topic_ = topics_->create("t", 2).value();
    EXPECT_EQ(produce(old), ErrorCode::unknown_topic_id);
    EXPECT_EQ(fetch(old, 17).error_code, ErrorCode::unknown_topic_id);
    EXPECT_EQ(topic_->partitions[0]->end_offset(), 0);
}

TEST_F(TopicIdsTest, WhoKnowsAnOldLeaderIsToldTheNewOne) {
    EXPECT_EQ(produce(topic_->id), ErrorCode::none);
    EXPECT_EQ(fetch(topic_->id, 17, 0).error_code, ErrorCode::none);
    EXPECT_TRUE(fetched_.node_endpoints.empty());
    lose_power();
    const auto fenced = fetch(topic_->id, 17, 0);
    EXPECT_EQ(fenced.error_code, ErrorCode::fenced_leader_epoch);
    EXPECT_EQ(fenced.current_leader.leader_id, 1);
    EXPECT_EQ(fenced.current_leader.leader_epoch, topic_->partitions[0]->leader_epoch());
    ASSERT_EQ(fetched_.node_endpoints.size(), 1u);
    EXPECT_EQ(fetched_.node_endpoints[0].port, 9092);
    EXPECT_EQ(fetch(topic_->id, 15, 0).error_code, ErrorCode::fenced_leader_epoch);
    EXPECT_TRUE(fetched_.node_endpoints.empty());
}

}  // namespace
}  // namespace pinflow::kafka
