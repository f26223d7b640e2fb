#include "log/config.h"

#include <array>
#include <charconv>
#include <climits>
#include <string_view>

#include "base/text.h"

namespace pinflow::log {
namespace {

struct Number {
    std::string_view name;
    int64_t Config::* field;
    int64_t least;
    int64_t most;
};

constexpr std::array numbers = {
    Number{"segment.bytes", &Config::segment_bytes, 4096, INT32_MAX},
    Number{"segment.ms", &Config::segment_ms, 1, INT64_MAX},
    Number{"retention.bytes", &Config::retention_bytes, -1, INT64_MAX},
    Number{"retention.ms", &Config::retention_ms, -1, INT64_MAX},
    Number{"max.message.bytes", &Config::max_message_bytes, 0, 64 << 20},
    Number{"flush.ms", &Config::flush_ms, 0, INT64_MAX},
    Number{"flush.messages", &Config::flush_messages, 1, INT64_MAX},
    Number{"index.interval.bytes", &Config::index_interval_bytes, 0, INT32_MAX},
    Number{"delete.retention.ms", &Config::delete_retention_ms, 0, INT64_MAX},
    Number{"min.compaction.lag.ms", &Config::min_compaction_lag_ms, 0, INT64_MAX},
    Number{"max.compaction.lag.ms", &Config::max_compaction_lag_ms, 1, INT64_MAX},
    Number{"message.timestamp.before.max.ms", &Config::timestamp_before_max_ms, 0, INT64_MAX},
    Number{"message.timestamp.after.max.ms", &Config::timestamp_after_max_ms, 0, INT64_MAX},
    Number{"message.timestamp.difference.max.ms", &Config::timestamp_difference_max_ms, 0, INT64_MAX},
};

// Kafka's settings that mean nothing to a log without replicas, tiers or its own conversion: taken, not obeyed.
constexpr std::array<std::string_view, 11> accepted = {
    "file.delete.delay.ms",
    "follower.replication.throttled.replicas",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "message.downconversion.enable",
    "message.format.version",
    "min.insync.replicas",
    "preallocate",
    "segment.index.bytes",
    "segment.jitter.ms",
};

// Of compression.type, by Compression; "producer" stands for what each producer chose.
constexpr std::array<std::string_view, 5> codecs = {"uncompressed", "gzip", "snappy", "lz4", "zstd"};

template <size_t count>
Result<> one_of(const std::string& name, const std::string& value, const std::array<std::string_view, count>& allowed,
                std::string_view first = {}) {
    if (std::ranges::find(allowed, value) != allowed.end()) return {};
    std::string list(first);
    for (const std::string_view each : allowed) list += fmt::format("{}{}", list.empty() ? "" : ", ", each);
    return fail(Code::invalid, "{} cannot be '{}'; it is one of {}", name, value, list);
}

Result<> set_number(Config& config, const Number& number, const std::string& value) {
    const auto parsed = parse_int(value);
    if (!parsed || *parsed < number.least || *parsed > number.most)
        return fail(Code::invalid, "{} cannot be '{}'; it is a whole number from {} to {}", number.name, value,
                    number.least, number.most);
    config.*number.field = *parsed;
    return {};
}

Result<> set_ratio(Config& config, const std::string& name, const std::string& value) {
    double ratio = -1;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ratio);
    if (error != std::errc() || end != value.data() + value.size() || !(ratio >= 0 && ratio <= 1))
        return fail(Code::invalid, "{} cannot be '{}'; it is a number from 0 to 1", name, value);
    config.min_cleanable_dirty_ratio = ratio;
    return {};
}

Result<> set_compression(Config& config, const std::string& name, const std::string& value) {
    config.compression.reset();
    if (value == "producer") return {};
    PINFLOW_TRY(one_of(name, value, codecs, "producer"));
    config.compression = static_cast<Compression>(std::ranges::find(codecs, value) - codecs.begin());
    return {};
}

Result<> set(Config& config, const std::string& name, const std::string& value) {
    static constexpr std::array<std::string_view, 2> booleans = {"true", "false"};
    static constexpr std::array<std::string_view, 2> times = {"CreateTime", "LogAppendTime"};
    static constexpr std::array<std::string_view, 4> policies = {"delete", "compact", "compact,delete",
                                                                 "delete,compact"};
    for (const Number& number : numbers)
        if (number.name == name) return set_number(config, number, value);
    if (name == "min.cleanable.dirty.ratio") return set_ratio(config, name, value);
    if (name == "write.caching") {
        PINFLOW_TRY(one_of(name, value, booleans));
        config.write_caching = value == "true";
    } else if (name == "message.timestamp.type") {
        PINFLOW_TRY(one_of(name, value, times));
        config.append_time = value == "LogAppendTime";
    } else if (name == "cleanup.policy") {
        PINFLOW_TRY(one_of(name, value, policies));
        config.cleanup_policy = value;
    } else if (name == "compression.type") {
        PINFLOW_TRY(set_compression(config, name, value));
    } else if (std::ranges::find(accepted, name) == accepted.end()) {
        return fail(Code::invalid, "unknown topic setting '{}'", name);
    }
    return {};
}

}  // namespace

Result<Config> Config::from(const std::map<std::string, std::string>& overrides, const Config& defaults) {
    Config config = defaults;
    for (const auto& [name, value] : overrides) PINFLOW_TRY(set(config, name, value));
    return config;
}

Result<> Config::check(const std::map<std::string, std::string>& overrides, const Config& defaults) {
    PINFLOW_ASSIGN(const Config config, from(overrides, defaults));
    if (config.min_compaction_lag_ms <= config.max_compaction_lag_ms) return {};
    return fail(Code::invalid, "min.compaction.lag.ms ({}) is more than max.compaction.lag.ms ({})",
                config.min_compaction_lag_ms, config.max_compaction_lag_ms);
}

std::map<std::string, std::string> settings_of(const Config& config) {
    std::map<std::string, std::string> settings;
    for (const Number& number : numbers) settings[std::string(number.name)] = std::to_string(config.*number.field);
    settings["write.caching"] = config.write_caching ? "true" : "false";
    settings["message.timestamp.type"] = config.append_time ? "LogAppendTime" : "CreateTime";
    settings["min.cleanable.dirty.ratio"] = fmt::format("{}", config.min_cleanable_dirty_ratio);
    settings["cleanup.policy"] = config.cleanup_policy;
    settings["compression.type"] = config.compression ? codecs[static_cast<size_t>(*config.compression)] : "producer";
    return settings;
}

}  // namespace pinflow::log
