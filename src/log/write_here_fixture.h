// For tests: two partitions of a log whose disk has gates, and whoever waits for acks there.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>

#include "base/faulty_disk.h"
#include "log/batch.h"
#include "log/gated_disk.h"
#include "log/log.h"

namespace pinflow::log {

class SteppingClock final : public Clock {
  public:
    int64_t wall_ms() const override { return system_clock().wall_ms(); }
    int64_t steady_ms() const override { return system_clock().steady_ms() + (ahead_ms += step_ms); }
    std::atomic<int64_t> step_ms = 0;
    mutable std::atomic<int64_t> ahead_ms = 0;
};

class WriteHereWorld : public testing::Test {
  protected:
    WriteHereWorld() { open({}); }
    ~WriteHereWorld() override { disk_.open_gate(); }

    void open(std::optional<std::chrono::milliseconds> put_off, uint64_t max_pending_bytes = 256 << 20) {
        Options options;
        options.max_pending_bytes = max_pending_bytes;
        options.background = false;
        if (put_off) options.sync_put_off = *put_off;
        log_.reset();
        log_ = *Log::open(disk_, clock_, put_off ? "/data/other" : "/data/log", options);
        mine_ = *log_->create("mine", Uuid::random(), 0, options.defaults);
        other_ = *log_->create("other", Uuid::random(), 0, options.defaults);
        for (const auto& each : {mine_, other_})  // the log's threads run
            EXPECT_TRUE(acked(*each, append(*each, WriteBy::log), Ack::durable).get());
    }
    static int64_t append(Partition& partition, WriteBy by = WriteBy::caller) {
        BatchBuilder builder;
        builder.add(1, std::nullopt, as_bytes("value"));
        const auto done = partition.append(builder.finish(), by);
        EXPECT_TRUE(done) << done.error().message;
        return done ? done->last_offset : -1;
    }
    static std::future<Result<>> acked(Partition& partition, int64_t offset, Ack ack) {
        auto promise = std::make_shared<std::promise<Result<>>>();
        auto future = promise->get_future();
        partition.when_acked(offset, ack, [promise](Result<> outcome) { promise->set_value(std::move(outcome)); });
        return future;
    }
    static bool is_there(const std::future<Result<>>& future, std::chrono::seconds wait = std::chrono::seconds(0)) {
        return future.wait_for(wait) == std::future_status::ready;
    }
    static constexpr std::chrono::seconds long_enough{10};

    FaultyDisk memory_{1};
    GatedDisk disk_{memory_};
    SteppingClock clock_;
    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> mine_;
    std::shared_ptr<Partition> other_;
};

}  // namespace pinflow::log
