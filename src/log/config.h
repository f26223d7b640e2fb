// A topic's settings that the log obeys, under Kafka's names (kafka.apache.org/documentation/#topicconfigs).
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "base/error.h"

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
    bool write_caching = false;  // Redpanda's word: ack when written, not when synced
    bool append_time = false;    // message.timestamp.type=LogAppendTime
    std::string cleanup_policy = "delete";
    std::string compression_type = "producer";

    // `overrides` on top of `defaults`; invalid names the setting, the value and what is allowed. Known settings of
    // Kafka that the log has no use for are accepted.
    static Result<Config> from(const std::map<std::string, std::string>& overrides, const Config& defaults);
    bool operator==(const Config&) const = default;
};

// Every setting as text under its name, for DescribeConfigs and `topics describe`.
std::map<std::string, std::string> settings_of(const Config& config);

}  // namespace pinflow::log
