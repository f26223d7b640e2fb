#include "kafka/setting_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace pinflow::kafka {
namespace {

using enum SettingType;

constexpr std::string_view unlimited = "9223372036854775807";

constexpr std::array of_topics = {
    Setting{"cleanup.policy", list, "delete", "log.cleanup.policy",
            "What happens to old records: 'delete' drops them by age and size, 'compact' keeps the newest of each key, "
            "'compact,delete' does both."},
    Setting{"compression.type", string, "producer", "compression.type",
            "How record batches are compressed: 'producer' keeps what the producer chose; 'uncompressed', 'gzip', "
            "'snappy', 'lz4' or 'zstd' otherwise."},
    Setting{"delete.retention.ms", int64, "86400000", "log.cleaner.delete.retention.ms",
            "How long compaction keeps tombstones, for readers that start over."},
    Setting{"file.delete.delay.ms", int64, "60000", "log.segment.delete.delay.ms",
            "How long files stay after they were marked as deleted."},
    Setting{"flush.messages", int64, unlimited, "log.flush.interval.messages",
            "Under write.caching: after so many records what was acked reaches the disk. Without it every ack waits "
            "for the disk."},
    Setting{"flush.ms", int64, unlimited, "log.flush.interval.ms",
            "Under write.caching: after this time what was acked reaches the disk. Without it every ack waits for the "
            "disk."},
    Setting{"follower.replication.throttled.replicas", list, "", "follower.replication.throttled.replicas",
            "Replicas whose replication is throttled on the followers' side; there are none on one broker."},
    Setting{"index.interval.bytes", int32, "4096", "log.index.interval.bytes",
            "So many bytes of records lie between two entries of the offset index."},
    Setting{"leader.replication.throttled.replicas", list, "", "leader.replication.throttled.replicas",
            "Replicas whose replication is throttled on the leader's side; there are none on one broker."},
    Setting{"local.retention.bytes", int64, "-2", "log.local.retention.bytes",
            "With tiered storage: bytes that are kept locally. -2: retention.bytes."},
    Setting{"local.retention.ms", int64, "-2", "log.local.retention.ms",
            "With tiered storage: how long segments are kept locally. -2: retention.ms."},
    Setting{"max.compaction.lag.ms", int64, unlimited, "log.cleaner.max.compaction.lag.ms",
            "A record is compacted at the latest after this time."},
    Setting{"max.message.bytes", int32, "1048588", "message.max.bytes",
            "The largest record batch that is taken, after compression."},
    Setting{"message.downconversion.enable", boolean, "true", "log.message.downconversion.enable",
            "Whether batches are converted for consumers of formats before v2. Such formats are not spoken here."},
    Setting{"message.format.version", string, "3.0-IV1", "log.message.format.version",
            "Deprecated and without effect: batches have format v2."},
    Setting{"message.timestamp.after.max.ms", int64, unlimited, "log.message.timestamp.after.max.ms",
            "How far a record's timestamp may lie ahead of the broker's clock."},
    Setting{"message.timestamp.before.max.ms", int64, unlimited, "log.message.timestamp.before.max.ms",
            "How far a record's timestamp may lie behind the broker's clock."},
    Setting{"message.timestamp.difference.max.ms", int64, unlimited, "log.message.timestamp.difference.max.ms",
            "Deprecated: both of message.timestamp.before.max.ms and message.timestamp.after.max.ms."},
    Setting{"message.timestamp.type", string, "CreateTime", "log.message.timestamp.type",
            "'CreateTime' keeps the producer's timestamps, 'LogAppendTime' sets the broker's."},
    Setting{"min.cleanable.dirty.ratio", decimal, "0.5", "log.cleaner.min.cleanable.ratio",
            "Compaction begins when this part of the log was written since the last time."},
    Setting{"min.compaction.lag.ms", int64, "0", "log.cleaner.min.compaction.lag.ms",
            "A record is not compacted before this time."},
    Setting{"min.insync.replicas", int32, "1", "min.insync.replicas",
            "With acks=all so many replicas must have the records; here there is one, and it has them on disk."},
    Setting{"preallocate", boolean, "false", "log.preallocate", "Whether a new segment takes its space at once."},
    Setting{"retention.bytes", int64, "-1", "log.retention.bytes",
            "How large a partition may become before its oldest segments go. -1: any size."},
    Setting{"retention.ms", int64, "604800000", "log.retention.ms",
            "How long records are kept before their segments go. -1: for ever."},
    Setting{"segment.bytes", int32, "1073741824", "log.segment.bytes", "A segment file is closed at this size."},
    Setting{"segment.index.bytes", int32, "10485760", "log.index.size.max.bytes",
            "The size of the index that maps offsets to places in a file."},
    Setting{"segment.jitter.ms", int64, "0", "log.roll.jitter.ms",
            "At most so much earlier is a segment closed than segment.ms says, at random."},
    Setting{"segment.ms", int64, "604800000", "log.roll.ms",
            "A segment file is closed after this time even if it is not full."},
    Setting{"write.caching", boolean, "false", "",
            "true: an ack means that the records survive the process, and flush.ms and flush.messages bound when they "
            "reach the disk. false: an ack means that they are on disk."},
};
static_assert(std::ranges::is_sorted(of_topics, {}, &Setting::name));

std::optional<int64_t> most_of(SettingType type) {
    if (type == int64) return INT64_MAX;
    if (type == int32) return INT32_MAX;
    return type == int16 ? std::optional<int64_t>(INT16_MAX) : std::nullopt;
}

bool is_decimal(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::span<const Setting> topic_settings() {
    return of_topics;
}

const Setting* find_topic_setting(std::string_view name) {
    const auto found = std::ranges::lower_bound(of_topics, name, {}, &Setting::name);
    return found != of_topics.end() && found->name == name ? &*found : nullptr;
}

std::string_view name_in_broker(const Setting& setting) {
    return setting.synonym.empty() ? setting.name : setting.synonym;
}

Result<> check_type(const Setting& setting, std::string_view value) {
    const auto refuse = [&](std::string_view wanted) {
        return fail(Code::invalid, "Invalid value {} for configuration {}: it must be {}", value, setting.name, wanted);
    };
    if (setting.type == boolean && value != "true" && value != "false") return refuse("true or false");
    if (setting.type == decimal && !is_decimal(value)) return refuse("a number");
    const auto most = most_of(setting.type);
    if (!most) return {};
    const auto number = parse_int(value);
    if (!number || *number > *most || *number < -*most - 1) return refuse("a whole number");
    if (*number < setting.least) return refuse(fmt::format("at least {}", setting.least));
    if (*number > setting.most) return refuse(fmt::format("at most {}", setting.most));
    return {};
}

}  // namespace pinflow::kafka
