// For tests: Kinesis over a real log in a temporary folder, with a clock that the test moves.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/disk.h"
#include "base/json_writer.h"
#include "kinesis/kinesis.h"
#include "log/batch.h"

namespace pinflow::kinesis {

class MovedClock final : public Clock {
  public:
    int64_t wall_ms() const override {
        return (stopped_ ? stopped_wall_ms_ : system_clock().wall_ms()) + ahead_ms +
               each_look_ms * looks_.fetch_add(1, std::memory_order_relaxed);
    }
    int64_t steady_ms() const override {
        return (stopped_ ? stopped_steady_ms_ : system_clock().steady_ms()) + ahead_ms;
    }
    // From now on only the test moves it.
    void stop() {
        stopped_wall_ms_ = system_clock().wall_ms();
        stopped_steady_ms_ = system_clock().steady_ms();
        stopped_ = true;
    }
    int64_t ahead_ms = 0;
    std::atomic<int64_t> each_look_ms = 0;  // this much later with every look at it

  private:
    mutable std::atomic<int64_t> looks_ = 0;
    bool stopped_ = false;
    int64_t stopped_wall_ms_ = 0, stopped_steady_ms_ = 0;
};

class KinesisTest : public testing::Test {
  protected:
    KinesisTest() {
        open();
        start({.account = "123456789012", .region = "eu-west-1"});
    }
    ~KinesisTest() override {
        close();
        std::filesystem::remove_all(folder_);
    }

    void open() {
        log_ = log::Log::open(posix_disk(), clock_, folder_ / "log", {}).value();
        topics_ = broker::Topics::open(posix_disk(), clock_, *log_, folder_ / "topics", {}).value();
    }
    void close() {
        topics_.reset();
        EXPECT_TRUE(log_->close());
        log_.reset();
    }
    void start(Options options) { kinesis_.emplace(*topics_, clock_, std::move(options)); }

    static ActionResult<std::string> text_of(ActionResult<Written> result) {
        return result ? ActionResult<std::string>(std::move(result->text)) : std::unexpected(result.error());
    }
    ActionResult<std::string> act(std::string_view action, std::string_view body, Format format = Format::json) {
        std::promise<ActionResult<std::string>> answered;
        kinesis_->act(action, format, body, [&](auto result) { answered.set_value(text_of(std::move(result))); });
        return answered.get_future().get();
    }
    // "type: message", or the answer where there should have been none.
    std::string refusal(std::string_view action, std::string_view body) {
        const auto result = act(action, body);
        return result ? *result : fmt::format("{}: {}", result.error().type, result.error().message);
    }
    ActionResult<std::string> put(std::string_view stream, const PutEntry& entry) {
        std::promise<ActionResult<std::string>> answered;
        kinesis_->put_record(stream, entry, [&](auto result) { answered.set_value(text_of(std::move(result))); });
        return answered.get_future().get();
    }
    void create(std::string_view stream, int shards) {
        const auto made = act("CreateStream", fmt::format(R"({{"StreamName":"{}","ShardCount":{}}})", stream, shards));
        ASSERT_TRUE(made) << made.error().message;
    }
    // The text of a member in an answer of plain JSON; empty if it is not there.
    static std::string member(const std::string& answer, std::string_view name) {
        const std::string front = fmt::format("\"{}\":\"", name);
        const size_t at = answer.find(front);
        if (at == answer.npos) return "";
        const size_t from = at + front.size();
        return answer.substr(from, answer.find('"', from) - from);
    }
    std::string iterator(std::string_view stream, std::string_view type, std::string_view more = "",
                         std::string_view shard = "shardId-000000000000") {
        const auto answer =
            act("GetShardIterator", fmt::format(R"({{"StreamName":"{}","ShardId":"{}","ShardIteratorType":"{}"{}}})",
                                                stream, shard, type, more));
        EXPECT_TRUE(answer) << answer.error().message;
        return answer ? member(*answer, "ShardIterator") : "";
    }
    std::string records(std::string_view iterator, std::string_view more = "") {
        const auto answer = act("GetRecords", fmt::format(R"({{"ShardIterator":"{}"{}}})", iterator, more));
        EXPECT_TRUE(answer) << answer.error().message;
        return answer.value_or("");
    }
    // Of every record in an answer of plain JSON.
    static std::vector<std::string> texts_of(const std::string& answer, std::string_view name) {
        std::vector<std::string> texts;
        const std::string front = fmt::format(R"("{}":")", name);
        for (size_t at = answer.find(front); at != answer.npos; at = answer.find(front, at)) {
            at += front.size();
            texts.push_back(answer.substr(at, answer.find('"', at) - at));
        }
        return texts;
    }
    static std::vector<std::string> numbers_of(const std::string& answer) { return texts_of(answer, "SequenceNumber"); }
    // In base64.
    static std::vector<std::string> data_of(const std::string& answer) { return texts_of(answer, "Data"); }

    MovedClock clock_;
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("pinflow-kinesis-" + Uuid::random().text());
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<broker::Topics> topics_;
    std::optional<Kinesis> kinesis_;
};

}  // namespace pinflow::kinesis
