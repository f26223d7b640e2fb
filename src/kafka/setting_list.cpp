#include "kafka/setting_list.h"

#include <algorithm>
#include <array>
#include <charconv>

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

constexpr std::array of_broker = {
    Setting{"advertised.listeners", string, "", "", "The addresses that clients are told to connect to."},
    Setting{"auto.create.topics.enable", boolean, "true", "", "Whether topics are created when they are first used."},
    Setting{"broker.id", int32, "-1", "", "The number of this broker."},
    Setting{"compression.type", string, "producer", "", "Default of topics' compression.type."},
    Setting{"default.replication.factor", int32, "1", "", "Replicas of topics that are created automatically."},
    Setting{"delete.topic.enable", boolean, "true", "", "Whether topics can be deleted."},
    Setting{"group.consumer.assignors", list, "uniform,range", "", "Who gets which partitions, the default first."},
    Setting{"group.consumer.heartbeat.interval.ms", int32, "5000", "",
            "How often members of the consumer protocol send heartbeats."},
    Setting{"group.consumer.session.timeout.ms", int32, "45000", "",
            "So long a member of the consumer protocol may be silent."},
    Setting{"group.initial.rebalance.delay.ms", int32, "3000", "",
            "How long a group that was empty waits for more members."},
    Setting{"group.max.session.timeout.ms", int32, "1800000", "", "The longest session time-out a member may ask for."},
    Setting{"group.max.size", int32, "2147483647", "", "So many members a group may have."},
    Setting{"group.min.session.timeout.ms", int32, "6000", "", "The shortest session time-out a member may ask for."},
    Setting{"listeners", string, "", "", "The addresses that the broker listens on."},
    Setting{"log.cleanup.policy", list, "delete", "", "Default of topics' cleanup.policy."},
    Setting{"log.dirs", string, "", "", "Where records are stored."},
    Setting{"log.flush.interval.messages", int64, unlimited, "", "Default of topics' flush.messages."},
    Setting{"log.flush.interval.ms", int64, "", "", "Default of topics' flush.ms."},
    Setting{"log.index.interval.bytes", int32, "4096", "", "Default of topics' index.interval.bytes."},
    Setting{"log.message.timestamp.type", string, "CreateTime", "", "Default of topics' message.timestamp.type."},
    Setting{"log.retention.bytes", int64, "-1", "", "Default of topics' retention.bytes."},
    Setting{"log.retention.check.interval.ms", int64, "300000", "",
            "How often records that are too old are looked for."},
    Setting{"log.retention.ms", int64, "604800000", "", "Default of topics' retention.ms."},
    Setting{"log.roll.ms", int64, "604800000", "", "Default of topics' segment.ms."},
    Setting{"log.segment.bytes", int32, "1073741824", "", "Default of topics' segment.bytes."},
    Setting{"message.max.bytes", int32, "1048588", "", "Default of topics' max.message.bytes."},
    Setting{"min.insync.replicas", int32, "1", "", "Default of topics' min.insync.replicas."},
    Setting{"node.id", int32, "-1", "", "The number of this node."},
    Setting{"num.partitions", int32, "1", "", "Partitions of topics that do not say how many."},
    Setting{"offset.metadata.max.bytes", int32, "4096", "", "The longest metadata of a committed offset."},
    Setting{"offsets.retention.check.interval.ms", int64, "600000", "", "How often expired offsets are looked for."},
    Setting{"offsets.retention.minutes", int32, "10080", "", "How long offsets of a group that is empty are kept."},
    Setting{"offsets.topic.num.partitions", int32, "50", "", "Partitions of __consumer_offsets."},
    Setting{"offsets.topic.replication.factor", int16, "3", "", "Replicas of __consumer_offsets."},
    Setting{"producer.id.expiration.ms", int32, "86400000", "",
            "A producer id is forgotten by a partition after this time without records."},
    Setting{"transaction.max.timeout.ms", int32, "900000", "", "The longest time-out a transaction may ask for."},
    Setting{"transaction.state.log.num.partitions", int32, "50", "", "Partitions of __transaction_state."},
    Setting{"transaction.state.log.replication.factor", int16, "3", "", "Replicas of __transaction_state."},
    Setting{"transactional.id.expiration.ms", int32, "604800000", "",
            "A transactional id that was not used for so long is forgotten."},
};
static_assert(std::ranges::is_sorted(of_broker, {}, &Setting::name));

bool is_decimal(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::span<const Setting> topic_settings() {
    return of_topics;
}

std::span<const Setting> broker_settings() {
    return of_broker;
}

const Setting* find_topic_setting(std::string_view name) {
    const auto found = std::ranges::lower_bound(of_topics, name, {}, &Setting::name);
    return found != of_topics.end() && found->name == name ? &*found : nullptr;
}

Result<> check_type(const Setting& setting, std::string_view value) {
    const auto number = parse_int(value);
    const auto within = [&](int64_t most) { return number && *number <= most && *number >= -most - 1; };
    bool good = true;
    std::string_view wanted;
    if (setting.type == boolean) {
        good = value == "true" || value == "false";
        wanted = "true or false";
    } else if (setting.type == int32 || setting.type == int16 || setting.type == int64) {
        good = within(setting.type == int64 ? INT64_MAX : setting.type == int32 ? INT32_MAX : INT16_MAX);
        wanted = "a whole number";
    } else if (setting.type == decimal) {
        good = is_decimal(value);
        wanted = "a number";
    }
    if (good) return {};
    return fail(Code::invalid, "Invalid value {} for configuration {}: it must be {}", value, setting.name, wanted);
}

}  // namespace pinflow::kafka
