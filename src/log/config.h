// A topic's settings that the log obeys, under Kafka's names (kafka.apache.org/documentation/#topicconfigs).
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "log/batch.h"

namespace pinflow::log {

struct Config {
    int64_t segment_bytes = 1 << 30;
    int64_t segment_ms = 7LL * 24 * 3600 * 1000;
    int64_t retention_bytes = -1;  // -1: no limit
    int64_t retention_ms = 7LL * 24 * 3600 * 1000;
    int64_t max_message_bytes = 11 << 20;  // of one batch; Kafka's own default is 1 MiB, a door's body may be 10 MiB
    int64_t flush_ms = 100;                // under write.caching: an acked record is on disk after this time ...
    int64_t flush_messages = INT64_MAX;    // ... or after so many records
    int64_t index_interval_bytes = 4096;
    int64_t delete_retention_ms = 86'400'000;  // compaction keeps tombstones so long
    int64_t min_compaction_lag_ms = 0;
    int64_t max_compaction_lag_ms = INT64_MAX;
    int64_t timestamp_before_max_ms = INT64_MAX;      // so far behind the clock may a producer's timestamp lie, ...
    int64_t timestamp_after_max_ms = INT64_MAX;       // ... so far ahead, ...
    int64_t timestamp_difference_max_ms = INT64_MAX;  // ... and this where those are not set, as before Kafka 3.6
    double min_cleanable_dirty_ratio = 0.5;
    bool write_caching = false;  // Redpanda's word: ack when written, not when synced
    bool append_time = false;    // message.timestamp.type=LogAppendTime
    std::string cleanup_policy = "delete";
    std::optional<Compression> compression;  // compression.type: of every batch; none: as the producer chose

    // `overrides` on top of `defaults`; invalid names the setting, the value and what is allowed. Known settings of
    // Kafka that the log has no use for are accepted.
    static Result<Config> from(const std::map<std::string, std::string>& overrides, const Config& defaults);
    // Can somebody ask for these? As from(), and the values must go together.
    static Result<> check(const std::map<std::string, std::string>& overrides, const Config& defaults);
    bool compacts() const { return cleanup_policy.contains("compact"); }
    int64_t timestamp_behind_ms() const { return or_difference(timestamp_before_max_ms); }
    int64_t timestamp_ahead_ms() const { return or_difference(timestamp_after_max_ms); }
    // After this time a segment is closed. What must be compacted soon must lie in a closed one (KIP-354).
    int64_t roll_ms() const { return compacts() ? std::min(segment_ms, max_compaction_lag_ms) : segment_ms; }
    bool operator==(const Config&) const = default;

  private:
    int64_t or_difference(int64_t set_ms) const { return set_ms == INT64_MAX ? timestamp_difference_max_ms : set_ms; }
};

// Every setting as text under its name, for DescribeConfigs and `topics describe`.
std::map<std::string, std::string> settings_of(const Config& config);

}  // namespace pinflow::log
