// For tests: subscriptions whose event loop is the test's own thread, and whose timers ring when the test moves time.
#pragma once
#include "kinesis/reshard_world.h"
#include "kinesis/subscription.h"
#include "net/test_stream.h"

namespace pinflow::kinesis {

class FakeStream final : public net::TestStream {
  public:
    const net::Request& request() const override { return request_; }

    struct Frame {
        std::string type, payload;  // "SubscribeToShardEvent", or an exception's
    };
    std::vector<Frame> frames() const {
        std::vector<Frame> frames;
        for (std::string_view rest = written_; !rest.empty();) {
            const auto number = [&](size_t at) { return load_big_endian<uint32_t>(as_bytes(rest).data() + at); };
            const size_t size = number(0), headers = number(4);
            const std::string_view head = rest.substr(12, headers);
            constexpr std::string_view name = "-type";
            const size_t at = head.find(name, head.find(name) + 1) + name.size();  // the second header
            frames.push_back({std::string(head.substr(at + 3, static_cast<uint8_t>(head[at + 2]))),
                              std::string(rest.substr(12 + headers, size - headers - 16))});
            rest.remove_prefix(size);
        }
        return frames;
    }

  private:
    net::Request request_;
};

class SubscriptionTest : public ReshardTest {
  protected:
    SubscriptionTest() {
        restart();
        create("s", 1);
        arn_ = consumer("c");
    }
    ~SubscriptionTest() override {
        kinesis_.reset();
        timers_.clear();
    }
    void restart(size_t memory = size_t{512} << 20, Workers* workers = nullptr) {
        start({.account = "123456789012",
               .region = "eu-west-1",
               .workers = workers,
               .read_memory_bytes = memory,
               .after = [this](std::chrono::milliseconds delay, auto task) {
                   timers_.push_back({clock_.steady_ms() + delay.count(), std::move(task)});
               }});
    }
    std::string consumer(std::string_view name, std::string_view stream = "s") {
        return member(
            act("RegisterStreamConsumer",
                fmt::format(R"({{"StreamARN":"arn:aws:kinesis:r:000000000000:stream/{}","ConsumerName":"{}"}})", stream,
                            name))
                .value(),
            "ConsumerARN");
    }
    static std::string request(std::string_view arn, std::string_view type, std::string_view more = "",
                               std::string_view shard = "shardId-000000000000") {
        return fmt::format(R"({{"ConsumerARN":"{}","ShardId":"{}","StartingPosition":{{"Type":"{}"{}}}}})", arn, shard,
                           type, more);
    }
    std::shared_ptr<Subscription> send(FakeStream& stream, std::string_view body, Format format = Format::json) {
        auto taker = std::make_shared<Subscription>(stream, *kinesis_, format, "application/x-amz-json-1.1");
        taker->take(body.substr(0, 3), false);
        taker->take(body, true);
        return taker;
    }
    std::shared_ptr<Subscription> subscribe(FakeStream& stream, std::string_view type, std::string_view more = "",
                                            std::string_view shard = "shardId-000000000000") {
        return send(stream, request(arn_, type, more, shard));
    }
    static std::string after(std::string_view number) { return fmt::format(R"(,"SequenceNumber":"{}")", number); }
    // "type: message" of what came in place of a stream.
    std::string refused(std::string_view body) {
        FakeStream stream;
        send(stream, body);
        if (!stream.reply_) return "not refused";
        EXPECT_FALSE(stream.head_);
        return fmt::format("{}: {}", member(stream.reply_->body, "__type"),
                           member(stream.reply_->body, "message") + member(stream.reply_->body, "Message"));
    }
    // Time passes, and timers that are due ring.
    void pass(int64_t ms, FakeStream& stream) {
        clock_.ahead_ms += ms;
        std::vector<Timer> due;
        std::erase_if(timers_, [&](Timer& timer) {
            if (timer.at_ms > clock_.steady_ms()) return false;
            due.push_back(std::move(timer));
            return true;
        });
        for (Timer& timer : due) timer.task();
        while (stream.run_task(std::chrono::milliseconds(20))) {
        }
    }
    static void until_frames(FakeStream& stream, size_t count) {
        while (stream.frames().size() < count) ASSERT_TRUE(stream.run_task()) << stream.frames().size();
    }
    static void until_end(FakeStream& stream) {
        while (!stream.ended_) ASSERT_TRUE(stream.run_task());
    }
    // All that was pushed so far, in base64.
    static std::vector<std::string> pushed(const FakeStream& stream) {
        std::vector<std::string> all;
        for (const auto& frame : stream.frames())
            for (std::string& data : data_of(frame.payload)) all.push_back(std::move(data));
        return all;
    }
    static std::string continuation(const FakeStream& stream) {
        return member(stream.frames().back().payload, "ContinuationSequenceNumber");
    }
    void put(std::string_view data) { ASSERT_TRUE(KinesisTest::put("s", {data, "k"})); }

    struct Timer {
        int64_t at_ms;
        std::move_only_function<void()> task;
    };
    std::vector<Timer> timers_;
    std::string arn_;
};

}  // namespace pinflow::kinesis
