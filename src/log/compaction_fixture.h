// For tests of compaction: keyed records, transactions, and what a reader from the start finds.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/log_fixture.h"

namespace pinflow::log {

struct Found {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::string key;
    std::optional<std::string> value;
    bool operator==(const Found&) const = default;
};

// All records that a reader from the start gets.
inline std::vector<Found> read_all(const Partition& partition, bool committed = true) {
    std::vector<Found> found;
    const int64_t end = committed ? partition.last_stable_offset() : partition.stable_offset();
    for (int64_t from = partition.start_offset(); from < end;) {
        const auto some = committed ? partition.read_committed(from, 4096) : partition.read(from, 4096);
        EXPECT_TRUE(some) << some.error().message;
        if (!some || some->next_offset <= from) break;
        RecordReader reader(some->batches);
        Record record;
        while (true) {
            const auto more = reader.next(record);
            EXPECT_TRUE(more) << more.error().message;
            if (!more.value_or(false)) break;
            if (record.offset < from) continue;
            Found one{record.offset, record.timestamp_ms, std::string(as_text(record.key.value_or(Bytes()))), {}};
            if (record.value) one.value = std::string(as_text(*record.value));
            found.push_back(std::move(one));
        }
        from = some->next_offset;
    }
    return found;
}

inline Config compacted_config() {
    Config config;
    config.cleanup_policy = "compact";
    config.segment_bytes = 4096;
    config.index_interval_bytes = 200;
    config.min_cleanable_dirty_ratio = 0;
    return config;
}

struct KeyValue {
    std::string key;
    std::optional<std::string> value;
};

// Waits until it is durable.
inline AppendResult append_records(Partition& partition, const std::vector<KeyValue>& records,
                                   std::optional<ProducerStamp> stamp = {}, int64_t time = 1'700'000'000'000) {
    BatchBuilder builder;
    for (const KeyValue& each : records)
        builder.add(time++, as_bytes(each.key), each.value ? std::optional(as_bytes(*each.value)) : std::nullopt);
    const MutableBytes batch = builder.finish();
    if (stamp) stamp_producer(batch, *stamp);
    return partition.append(batch);
}

inline Result<> when_durable(Partition& partition, int64_t last) {
    auto promise = std::make_shared<std::promise<Result<>>>();
    auto future = promise->get_future();
    partition.when_acked(last, Ack::durable, [promise](Result<> outcome) { promise->set_value(std::move(outcome)); });
    return future.get();
}

class CompactionTest : public LogTest {
  protected:
    void put(Partition& partition, const std::string& key, std::optional<std::string> value) {
        const auto done = append_records(partition, {{key, std::move(value)}});
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(when_durable(partition, done->last_offset));
    }
    // Closes the segment being written, whatever else is in it.
    void fill(Partition& partition) {
        for (int i = 0; i < 3; ++i) put(partition, fmt::format("filler {}", i), std::string(1500, 'f'));
    }
    size_t compact(int64_t now_ms = 1'700'000'100'000) {
        EXPECT_TRUE(log_->checkpoint());
        const auto passes = log_->compact(now_ms);
        EXPECT_TRUE(passes) << passes.error().message;
        return passes.value_or(0);
    }
    static std::map<std::string, std::string> newest(const Partition& partition) {
        std::map<std::string, std::string> newest;
        for (const Found& each : read_all(partition)) {
            newest.erase(each.key);
            if (each.value) newest[each.key] = *each.value;
        }
        return newest;
    }
    static size_t count_of(const Partition& partition, const std::string& key) {
        return static_cast<size_t>(
            std::ranges::count_if(read_all(partition), [&](const Found& each) { return each.key == key; }));
    }
};

}  // namespace pinflow::log
