// For tests: a log in a temporary folder, appends of numbered records and what comes back of them.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "log/batch.h"
#include "log/log.h"

namespace pinflow::log {

class LogTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  fmt::format("pinflow-log-{}-{}", ::getpid(), Uuid::random().text());
        options_.background = false;
        options_.wal_file_bytes = 1 << 20;
        options_.checkpoint_ms = INT32_MAX;
    }
    void TearDown() override {
        log_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open() {
        log_.reset();
        auto opened = Log::open(posix_disk(), *clock_, folder_, options_);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
    }
    std::shared_ptr<Partition> create(const std::string& topic, int32_t index = 0, Config config = {}) {
        auto made = log_->create(topic, id_, index, config);
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    static std::string value_of(int64_t number) { return fmt::format("record {} {}", number, std::string(100, 'x')); }
    static Appended append(Partition& partition, int64_t first, int count, bool wait = true, int64_t time = 1000) {
        BatchBuilder builder;
        for (int64_t i = first; i < first + count; ++i) builder.add(time + i, std::nullopt, as_bytes(value_of(i)));
        auto done = partition.append(builder.finish());
        EXPECT_TRUE(done) << done.error().message;
        if (wait) EXPECT_TRUE(acked(partition, done->last_offset));
        return *done;
    }
    static Result<> acked(Partition& partition, int64_t last, Ack ack = Ack::durable) {
        std::promise<Result<>> promise;
        partition.when_acked(last, ack, [&](Result<> outcome) { promise.set_value(std::move(outcome)); });
        return promise.get_future().get();
    }
    static std::vector<std::string> values(Partition& partition, int64_t from) {
        std::vector<std::string> found;
        while (from < partition.stable_offset()) {
            auto some = partition.read(from, 4096);
            EXPECT_TRUE(some) << some.error().message;
            RecordReader reader(some->batches);
            Record record;
            while (true) {
                auto more = reader.next(record);
                EXPECT_TRUE(more);
                if (!*more) break;
                if (record.offset >= from) found.emplace_back(as_text(*record.value));
            }
            EXPECT_GT(some->next_offset, from);
            if (some->next_offset <= from) break;
            from = some->next_offset;
        }
        return found;
    }
    static void expect_values(Partition& partition, int64_t from, int64_t to) {
        const auto found = values(partition, from);
        ASSERT_EQ(found.size(), static_cast<size_t>(to - from));
        for (int64_t i = from; i < to; ++i) EXPECT_EQ(found[static_cast<size_t>(i - from)], value_of(i));
    }

    void write_into(const std::filesystem::path& path, uint64_t position, std::string_view text) {
        auto file = *posix_disk().open(path, Disk::Mode::write);
        const Bytes bytes = as_bytes(text);
        ASSERT_TRUE(file->write_at(std::span(&bytes, 1), position));
    }

    Clock* clock_ = &system_clock();
    std::filesystem::path folder_;
    Options options_;
    Uuid id_ = Uuid::random();
    std::unique_ptr<Log> log_;
};

}  // namespace pinflow::log
