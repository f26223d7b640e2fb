#include "kinesis/kinesis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/disk.h"
#include "kinesis/hash_key.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

class KinesisTest : public testing::Test {
  protected:
    KinesisTest() {
        log_ = log::Log::open(posix_disk(), system_clock(), folder_ / "log", {}).value();
        topics_ = broker::Topics::open(posix_disk(), system_clock(), *log_, folder_ / "topics", {}).value();
        kinesis_.emplace(*topics_, system_clock(), Options{.account = "123456789012", .region = "eu-west-1"});
    }
    ~KinesisTest() override {
        topics_.reset();
        EXPECT_TRUE(log_->close());
        log_.reset();
        std::filesystem::remove_all(folder_);
    }

    ActionResult<std::string> put(std::string_view stream, const PutEntry& entry) {
        std::promise<ActionResult<std::string>> answered;
        kinesis_->put_record(stream, entry, [&](auto result) { answered.set_value(std::move(result)); });
        return answered.get_future().get();
    }

    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("pinflow-kinesis-" + Uuid::random().text());
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
    std::optional<Kinesis> kinesis_;
};

TEST_F(KinesisTest, KeysChooseShardsByTheirHash) {
    ASSERT_TRUE(kinesis_->create_stream({"s", 4}));
    for (int i = 0; i < 20; ++i) {
        const std::string key = fmt::format("key {}", i);
        const auto answer = put("s", {"x", key, {}});
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_THAT(*answer, testing::HasSubstr(shard_id(static_cast<uint32_t>(shard_of(hash_key_of(key), 4)))));
    }
}

TEST_F(KinesisTest, DescribesInPages) {
    ASSERT_TRUE(kinesis_->create_stream({"s", 3}));
    const auto first = kinesis_->describe_stream({"s", 2, {}}).value();
    EXPECT_THAT(first, testing::AllOf(testing::HasSubstr(R"("HasMoreShards":true)"), testing::HasSubstr(shard_id(1)),
                                      testing::Not(testing::HasSubstr(shard_id(2))),
                                      testing::HasSubstr("arn:aws:kinesis:eu-west-1:123456789012:stream/s")));
    const auto rest = kinesis_->describe_stream({"s", {}, shard_id(1)}).value();
    EXPECT_THAT(rest, testing::AllOf(testing::HasSubstr(R"("HasMoreShards":false)"), testing::HasSubstr(shard_id(2)),
                                     testing::Not(testing::HasSubstr(shard_id(1)))));
}

TEST_F(KinesisTest, RefusesWhatTheServiceRefuses) {
    EXPECT_EQ(put("s", {"x", "k", {}}).error().type, "ResourceNotFoundException");
    EXPECT_EQ(put("a/b", {"x", "k", {}}).error().type, "ValidationException");
    ASSERT_TRUE(kinesis_->create_stream({"s", 1}));
    EXPECT_THAT(put("s", {{}, "k", {}}).error().message, testing::HasSubstr("Value null at 'data'"));
    const std::string large(1048577, 'x');
    EXPECT_THAT(put("s", {large, "k", {}}).error().message,
                testing::HasSubstr("Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at 'data'"));
    EXPECT_TRUE(put("s", {std::string_view(large).substr(1), "k", {}}));
    EXPECT_THAT(put("s", {"x", std::string(257, 'k'), {}}).error().message,
                testing::HasSubstr("less than or equal to 256"));
    EXPECT_THAT(put("s", {"x", "k", "007"}).error().message, testing::HasSubstr("'explicitHashKey'"));
    EXPECT_EQ(kinesis_->create_stream({"t", 0}).error().type, "ValidationException");
    EXPECT_EQ(kinesis_->delete_stream("t").error().type, "ResourceNotFoundException");
}

}  // namespace
}  // namespace pinflow::kinesis
