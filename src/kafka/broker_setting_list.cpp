#include <algorithm>
#include <array>

#include "kafka/setting_list.h"

namespace pinflow::kafka {
namespace {

using enum SettingType;

constexpr std::string_view unlimited = "9223372036854775807";
constexpr std::string_view most_int = "2147483647";

// Stands in the configuration.
constexpr Setting fixed(std::string_view name, SettingType type, std::string_view value, std::string_view text) {
    return {name, type, value, {}, text};
}

// Can be changed, and counts at once.
constexpr Setting live(std::string_view name, SettingType type, std::string_view value, std::string_view text,
                       int64_t least = INT64_MIN) {
    return {name, type, value, {}, text, Update::cluster_wide, false, least};
}

// Can be changed as on Kafka, and means nothing here.
constexpr Setting kept(std::string_view name, SettingType type, std::string_view value, std::string_view text,
                       int64_t least = INT64_MIN, int64_t most = INT64_MAX) {
    return {name, type, value, {}, text, Update::cluster_wide, true, least, most};
}
constexpr Setting kept_here(std::string_view name, SettingType type, std::string_view value, std::string_view text) {
    return {name, type, value, {}, text, Update::per_broker, true};
}
constexpr Setting of_listener(std::string_view name, SettingType type, std::string_view value, std::string_view text) {
    return {name, type, value, {}, text, Update::per_listener, true};
}

constexpr std::array of_broker = {
    fixed("advertised.listeners", string, "", "The addresses that clients are told to connect to."),
    fixed("auto.create.topics.enable", boolean, "true", "Whether topics are created when they are first used."),
    kept("background.threads", int32, "10", "How many threads do a kind of work.", 1),
    fixed("broker.id", int32, "-1", "The number of this broker."),
    kept("compression.gzip.level", int32, "-1", "How hard a codec tries.", -1, 9),
    kept("compression.lz4.level", int32, "9", "How hard a codec tries.", 1, 17),
    live("compression.type", string, "producer", "Default of topics' compression.type."),
    kept("compression.zstd.level", int32, "3", "How hard a codec tries.", -131072, 22),
    fixed("default.replication.factor", int32, "1", "Replicas of topics that are created automatically."),
    fixed("delete.topic.enable", boolean, "true", "Whether topics can be deleted."),
    kept("follower.fetch.last.tiered.offset.enable", boolean, "false", "Of tiered storage."),
    kept("follower.replication.throttled.rate", int64, unlimited, "Of replicas on several brokers.", 0),
    kept("group.consumer.assignment.interval.ms", int32, "1000", "Of the coordinators of groups.", 0),
    fixed("group.consumer.assignors", list, "uniform,range", "Who gets which partitions, the default first."),
    fixed("group.consumer.heartbeat.interval.ms", int32, "5000",
          "How often members of the consumer protocol send heartbeats."),
    fixed("group.consumer.session.timeout.ms", int32, "45000",
          "So long a member of the consumer protocol may be silent."),
    kept("group.coordinator.cached.buffer.max.bytes", int32, "1048588", "Of the coordinators of groups.", 524288),
    fixed("group.initial.rebalance.delay.ms", int32, "3000", "How long a group that was empty waits for more members."),
    fixed("group.max.session.timeout.ms", int32, "1800000", "The longest session time-out a member may ask for."),
    fixed("group.max.size", int32, most_int, "So many members a group may have."),
    fixed("group.min.session.timeout.ms", int32, "6000", "The shortest session time-out a member may ask for."),
    kept("group.share.assignment.interval.ms", int32, "1000", "Of the coordinators of groups.", 0),
    kept("group.streams.assignment.interval.ms", int32, "1000", "Of the coordinators of groups.", 0),
    kept("leader.replication.throttled.rate", int64, unlimited, "Of replicas on several brokers.", 0),
    fixed("listeners", string, "", "The addresses that the broker listens on."),
    kept("log.cleaner.backoff.ms", int64, "15000", "What compaction may take of the machine.", 0),
    kept("log.cleaner.dedupe.buffer.size", int64, "134217728", "What compaction may take of the machine."),
    live("log.cleaner.delete.retention.ms", int64, "86400000", "Default of topics' delete.retention.ms."),
    kept("log.cleaner.io.buffer.load.factor", decimal, "0.9", "What compaction may take of the machine."),
    kept("log.cleaner.io.buffer.size", int32, "524288", "What compaction may take of the machine.", 0),
    kept("log.cleaner.io.max.bytes.per.second", decimal, "1.7976931348623157E308",
         "What compaction may take of the machine."),
    live("log.cleaner.max.compaction.lag.ms", int64, unlimited, "Default of topics' max.compaction.lag.ms."),
    live("log.cleaner.min.cleanable.ratio", decimal, "0.5", "Default of topics' min.cleanable.dirty.ratio."),
    live("log.cleaner.min.compaction.lag.ms", int64, "0", "Default of topics' min.compaction.lag.ms."),
    kept("log.cleaner.threads", int32, "1", "What compaction may take of the machine.", 0),
    live("log.cleanup.policy", list, "delete", "Default of topics' cleanup.policy."),
    fixed("log.dirs", string, "", "Where records are stored."),
    live("log.flush.interval.messages", int64, unlimited, "Default of topics' flush.messages."),
    live("log.flush.interval.ms", int64, unlimited, "Default of topics' flush.ms."),
    live("log.index.interval.bytes", int32, "4096", "Default of topics' index.interval.bytes."),
    kept("log.index.size.max.bytes", int32, "10485760", "Default of topics' segment.index.bytes.", 4),
    kept("log.local.retention.bytes", int64, "-2", "Default of topics' local.retention.bytes.", -2),
    kept("log.local.retention.ms", int64, "-2", "Default of topics' local.retention.ms.", -2),
    kept("log.message.downconversion.enable", boolean, "true", "Default of topics' message.downconversion.enable."),
    live("log.message.timestamp.after.max.ms", int64, unlimited, "Default of topics' message.timestamp.after.max.ms."),
    live("log.message.timestamp.before.max.ms", int64, unlimited,
         "Default of topics' message.timestamp.before.max.ms."),
    live("log.message.timestamp.difference.max.ms", int64, unlimited,
         "Default of topics' message.timestamp.difference.max.ms."),
    live("log.message.timestamp.type", string, "CreateTime", "Default of topics' message.timestamp.type."),
    kept("log.preallocate", boolean, "false", "Default of topics' preallocate."),
    live("log.retention.bytes", int64, "-1", "Default of topics' retention.bytes."),
    fixed("log.retention.check.interval.ms", int64, "300000", "How often records that are too old are looked for."),
    live("log.retention.ms", int64, "604800000", "Default of topics' retention.ms."),
    kept("log.roll.jitter.ms", int64, "0", "Default of topics' segment.jitter.ms."),
    live("log.roll.ms", int64, "604800000", "Default of topics' segment.ms."),
    live("log.segment.bytes", int32, "1073741824", "Default of topics' segment.bytes."),
    kept("log.segment.delete.delay.ms", int64, "60000", "Default of topics' file.delete.delay.ms.", 0),
    kept("max.connection.creation.rate", int32, most_int, "So many connections may be opened in a second.", 0),
    live("max.connections", int32, most_int, "So many connections may be open, over all listeners.", 1),
    kept("max.connections.per.ip", int32, most_int, "So many connections may be open from one address.", 0),
    kept("max.connections.per.ip.overrides", string, "", "The same of single addresses."),
    live("message.max.bytes", int32, "1048588", "Default of topics' max.message.bytes."),
    kept("min.insync.replicas", int32, "1", "Default of topics' min.insync.replicas.", 1),
    fixed("node.id", int32, "-1", "The number of this node."),
    kept("num.io.threads", int32, "8", "How many threads do a kind of work.", 1),
    kept("num.network.threads", int32, "3", "How many threads do a kind of work.", 1),
    fixed("num.partitions", int32, "1", "Partitions of topics that do not say how many."),
    kept("num.recovery.threads.per.data.dir", int32, "2", "How many threads do a kind of work.", 1),
    kept("num.replica.fetchers", int32, "1", "Of replicas on several brokers.", 1),
    fixed("offset.metadata.max.bytes", int32, "4096", "The longest metadata of a committed offset."),
    fixed("offsets.retention.check.interval.ms", int64, "600000", "How often expired offsets are looked for."),
    fixed("offsets.retention.minutes", int32, "10080", "How long offsets of a group that is empty are kept."),
    fixed("offsets.topic.num.partitions", int32, "50", "Partitions of __consumer_offsets."),
    fixed("offsets.topic.replication.factor", int16, "3", "Replicas of __consumer_offsets."),
    live("producer.id.expiration.ms", int32, "86400000",
         "A producer id is forgotten by a partition after this time without records.", 1),
    kept("remote.fetch.max.wait.ms", int32, "500", "Of tiered storage.", 1),
    kept("remote.list.offsets.request.timeout.ms", int64, "30000", "Of tiered storage.", 1),
    kept("remote.log.index.file.cache.total.size.bytes", int64, "1073741824", "Of tiered storage.", 1),
    kept("remote.log.manager.copier.thread.pool.size", int32, "10", "Of tiered storage.", 1),
    kept("remote.log.manager.copy.max.bytes.per.second", int64, unlimited, "Of tiered storage.", 1),
    kept("remote.log.manager.expiration.thread.pool.size", int32, "10", "Of tiered storage.", 1),
    kept("remote.log.manager.fetch.max.bytes.per.second", int64, unlimited, "Of tiered storage.", 1),
    kept("remote.log.manager.follower.thread.pool.size", int32, "2", "Of tiered storage.", 1),
    kept("remote.log.reader.threads", int32, "10", "Of tiered storage.", 1),
    kept("replica.alter.log.dirs.io.max.bytes.per.second", int64, unlimited, "Of replicas on several brokers.", 0),
    kept_here("sasl.enabled.mechanisms", list, "GSSAPI", "How clients may sign in."),
    kept_here("sasl.jaas.config", password, "", "Passwords and modules of who signs in."),
    kept_here("sasl.kerberos.kinit.cmd", string, "/usr/bin/kinit", "Of Kerberos."),
    kept_here("sasl.kerberos.min.time.before.relogin", int64, "60000", "Of Kerberos."),
    kept_here("sasl.kerberos.principal.to.local.rules", list, "DEFAULT", "Of Kerberos."),
    kept_here("sasl.kerberos.service.name", string, "", "Of Kerberos."),
    kept_here("sasl.kerberos.ticket.renew.jitter", decimal, "0.05", "Of Kerberos."),
    kept_here("sasl.kerberos.ticket.renew.window.factor", decimal, "0.8", "Of Kerberos."),
    kept_here("sasl.login.refresh.buffer.seconds", int16, "300", "How brokers sign in to each other."),
    kept_here("sasl.login.refresh.min.period.seconds", int16, "60", "How brokers sign in to each other."),
    kept_here("sasl.login.refresh.window.factor", decimal, "0.8", "How brokers sign in to each other."),
    kept_here("sasl.login.refresh.window.jitter", decimal, "0.05", "How brokers sign in to each other."),
    kept_here("sasl.mechanism.inter.broker.protocol", string, "GSSAPI", "How brokers sign in to each other."),
    kept("share.coordinator.cached.buffer.max.bytes", int32, "1048588", "Of the coordinators of groups.", 524288),
    kept_here("ssl.cipher.suites", list, "", "Of TLS."),
    kept_here("ssl.client.auth", string, "none", "Of TLS."),
    kept_here("ssl.enabled.protocols", list, "TLSv1.2,TLSv1.3", "Of TLS."),
    kept_here("ssl.endpoint.identification.algorithm", string, "https", "Of TLS."),
    of_listener("ssl.key.password", password, "", "Of TLS."),
    kept_here("ssl.keymanager.algorithm", string, "SunX509", "Of TLS."),
    of_listener("ssl.keystore.certificate.chain", password, "", "Of TLS."),
    of_listener("ssl.keystore.key", password, "", "Of TLS."),
    of_listener("ssl.keystore.location", string, "", "Of TLS."),
    of_listener("ssl.keystore.password", password, "", "Of TLS."),
    of_listener("ssl.keystore.type", string, "JKS", "Of TLS."),
    kept_here("ssl.protocol", string, "TLSv1.3", "Of TLS."),
    kept_here("ssl.provider", string, "", "Of TLS."),
    kept_here("ssl.secure.random.implementation", string, "", "Of TLS."),
    kept_here("ssl.trustmanager.algorithm", string, "PKIX", "Of TLS."),
    of_listener("ssl.truststore.certificates", password, "", "Of TLS."),
    of_listener("ssl.truststore.location", string, "", "Of TLS."),
    of_listener("ssl.truststore.password", password, "", "Of TLS."),
    of_listener("ssl.truststore.type", string, "JKS", "Of TLS."),
    fixed("transaction.max.timeout.ms", int32, "900000", "The longest time-out a transaction may ask for."),
    kept("transaction.partition.verification.enable", boolean, "true",
         "Whether a producer must have announced the partitions of its transaction."),
    fixed("transaction.state.log.num.partitions", int32, "50", "Partitions of __transaction_state."),
    fixed("transaction.state.log.replication.factor", int16, "3", "Replicas of __transaction_state."),
    fixed("transactional.id.expiration.ms", int32, "604800000",
          "A transactional id that was not used for so long is forgotten."),
    kept("unclean.leader.election.enable", boolean, "false", "Of replicas on several brokers."),
};
static_assert(std::ranges::is_sorted(of_broker, {}, &Setting::name));

// "listener.name.plaintext.ssl.keystore.location" is ssl.keystore.location of that listener.
std::string_view without_listener(std::string_view name) {
    constexpr std::string_view prefix = "listener.name.";
    if (!name.starts_with(prefix)) return name;
    const size_t dot = name.find('.', prefix.size());
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::span<const Setting> broker_settings() {
    return of_broker;
}

bool is_of_listener(std::string_view name) {
    return without_listener(name) != name;
}

const Setting* find_broker_setting(std::string_view name) {
    const std::string_view base = without_listener(name);
    const auto found = std::ranges::lower_bound(of_broker, base, {}, &Setting::name);
    return found != of_broker.end() && found->name == base ? &*found : nullptr;
}

}  // namespace pinflow::kafka
