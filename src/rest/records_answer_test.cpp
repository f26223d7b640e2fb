#include "rest/records_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rest/consumer_options.h"
#include "rest/door_world.h"

namespace pinflow::rest {
namespace {

using testing::HasSubstr;

class RecordsAnswerTest : public testing::Test {
  protected:
    std::vector<ReadPart> parts_of(const std::string& topic) {
        const auto found = world_.topics().find(topic);
        std::vector<ReadPart> parts;
        for (const auto& log : found->partitions) parts.push_back({{topic, log->index()}, log, 0});
        return parts;
    }
    void append(const std::string& topic, int32_t partition, const std::vector<std::string>& values) {
        log::BatchBuilder builder;
        for (const auto& value : values) builder.add(1, std::nullopt, as_bytes(value));
        const auto log = world_.topics().find(topic)->partitions[static_cast<size_t>(partition)];
        const auto done = log->append(builder.finish());
        ASSERT_TRUE(done);
        std::promise<void> acked;
        log->when_acked(done->last_offset, log::Ack::durable, [&](Result<>) { acked.set_value(); });
        acked.get_future().wait();
    }

    DoorWorld world_;
};

TEST_F(RecordsAnswerTest, NothingIsAnEmptyList) {
    RecordsAnswer answer(Format::json);
    std::vector<ReadPart> none;
    answer.add(none, 1000);
    EXPECT_EQ(answer.take(), "[]");
}

TEST_F(RecordsAnswerTest, GoesOnWhereItStopped) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    append("t", 0, {"1", "22", "333"});
    append("t", 1, {"4444"});
    RecordsAnswer answer(Format::json);
    auto parts = parts_of("t");
    answer.add(parts, 3);
    EXPECT_TRUE(answer.full());
    EXPECT_EQ(answer.records(), 2U);
    EXPECT_EQ(answer.bytes(), 3U);
    EXPECT_EQ(parts[0].next, 2);
    EXPECT_EQ(parts[1].next, 0);
    EXPECT_EQ(answer.take(), R"([{"topic":"t","key":null,"value":1,"partition":0,"offset":0},)"
                             R"({"topic":"t","key":null,"value":22,"partition":0,"offset":1}])");
    answer.add(parts, 1000);
    EXPECT_FALSE(answer.full());
    EXPECT_EQ(parts[0].next, 3);
    EXPECT_EQ(parts[1].next, 1);
    append("t", 1, {"5"});
    answer.add(parts, 1000);  // to what it has
    EXPECT_EQ(answer.records(), 3U);
    EXPECT_THAT(answer.take(), HasSubstr(R"("value":5,"partition":1,"offset":1}])"));
}

TEST_F(RecordsAnswerTest, ManySmallRecordsAreBoundedByTheirText) {
    ASSERT_TRUE(world_.topics().create("t", 1));
    append("t", 0, std::vector<std::string>(5'000, "1"));
    RecordsAnswer answer(Format::json);
    auto parts = parts_of("t");
    answer.add(parts, 10'000);
    EXPECT_TRUE(answer.full());
    EXPECT_LT(answer.take().size(), 90'000U);
    while (parts[0].next < 5'000) {
        answer.add(parts, 10'000);
        (void)answer.take();
    }
}

TEST_F(RecordsAnswerTest, StopsInFrontOfWhatIsNoJson) {
    ASSERT_TRUE(world_.topics().create("t", 2));
    append("t", 0, {"1", "{\"a\"", "2"});
    append("t", 1, {"\xff"});
    RecordsAnswer answer(Format::json);
    auto parts = parts_of("t");
    answer.add(parts, 1000);
    EXPECT_EQ(answer.records(), 1U);
    EXPECT_EQ(parts[0].next, 1);
    EXPECT_EQ(parts[1].next, 0);
    EXPECT_TRUE(answer.trouble());
    EXPECT_EQ(answer.take(), R"([{"topic":"t","key":null,"value":1,"partition":0,"offset":0}])");
    answer.add(parts, 1000);
    EXPECT_EQ(answer.records(), 0U);
    EXPECT_THAT(answer.trouble().value_or(""), HasSubstr("Topic t, partition 0: the value of offset 1 is not JSON"));
    EXPECT_EQ(answer.take(), "[]");
}

TEST(AnswerMemory, CountsWhatIsOnItsWay) {
    AnswerMemory memory;
    EXPECT_EQ(memory.share(), most_answer_memory / 4);
    auto some = memory.count(most_answer_memory / 2);
    auto copy = some;
    EXPECT_EQ(memory.share(), most_answer_memory / 8);
    some.reset();
    EXPECT_EQ(memory.used(), most_answer_memory / 2);
    const auto rest = memory.count(most_answer_memory);
    EXPECT_EQ(memory.share(), least_answer_memory);
    copy.reset();
    EXPECT_EQ(memory.used(), most_answer_memory);
}

}  // namespace
}  // namespace pinflow::rest
