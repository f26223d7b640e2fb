#include "base/text.h"
#include "connect/converter.h"
#include "connect/s3_config.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

bool is_true(const Properties& config, std::string_view key) {
    return equals_ignoring_case(s3_value(config, key), "true");
}

void add(KeyErrors& errors, std::initializer_list<std::string_view> keys, const std::string& message) {
    for (const std::string_view key : keys) errors.emplace(key, message);
}

struct Part {
    std::string_view word;
    std::string_view key;
    bool stored;
};

std::array<Part, 3> parts(const Properties& config) {
    return {Part{"data", "format.class", true}, Part{"keys", "keys.format.class", is_true(config, "store.kafka.keys")},
            Part{"headers", "headers.format.class", is_true(config, "store.kafka.headers")}};
}

void check_formats(const Properties& config, KeyErrors& errors) {
    const bool gzip = s3_value(config, "s3.compression.type") == "gzip";
    for (const Part& part : parts(config)) {
        if (!part.stored) continue;
        const std::string name = s3_value(config, part.key);
        if (name == s3_class::parquet && part.word != "data")
            add(errors, {part.key},
                fmt::format("Pinflow writes keys and headers as JSON: set {} to {}", part.key, s3_class::json));
        if (name == s3_class::avro)
            add(errors, {part.key},
                fmt::format("Pinflow does not write Avro (docs/connect_s3.md says why); set {} to {} or {}", part.key,
                            s3_class::json, s3_class::parquet));
        if (gzip && name != s3_class::json && name != s3_class::bytes)
            add(errors, {part.key, "s3.compression.type"},
                fmt::format("Compression Type gzip not valid for {} format class: ( {} ).", part.word, name));
    }
}

void check_converters(const Properties& config, KeyErrors& errors) {
    for (const std::string_view prefix : {"key.converter", "value.converter"})
        if (const auto made = make_converter(config, prefix); !made) add(errors, {prefix}, made.error().message);
    constexpr std::string_view bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";
    const auto given = [&](std::string_view key) {
        const auto found = config.find(key);
        return found == config.end() ? std::string() : found->second;
    };
    if (s3_value(config, "format.class") == s3_class::bytes && given("value.converter") != bytes)
        add(errors, {"value.converter"}, fmt::format("ByteArrayFormat writes bytes: set value.converter to {}", bytes));
    if (s3_value(config, "format.class") == s3_class::parquet &&
        (given("value.converter") != "org.apache.kafka.connect.json.JsonConverter" ||
         equals_ignoring_case(given("value.converter.schemas.enable"), "false")))
        add(errors, {"value.converter"},
            "ParquetFormat needs a schema: set value.converter to org.apache.kafka.connect.json.JsonConverter and "
            "value.converter.schemas.enable to true");
    if (is_true(config, "store.kafka.keys") && s3_value(config, "keys.format.class") == s3_class::bytes &&
        given("key.converter") != bytes)
        add(errors, {"key.converter"}, fmt::format("ByteArrayFormat writes bytes: set key.converter to {}", bytes));
}

void check_nulls(const Properties& config, KeyErrors& errors) {
    const bool writes = equals_ignoring_case(s3_value(config, "behavior.on.null.values"), "write");
    if (writes && !is_true(config, "store.kafka.keys"))
        add(errors, {"store.kafka.keys", "behavior.on.null.values"},
            "Writing Kafka record keys to storage is mandatory when tombstone writing is enabled.");
}

void check_time_layout(const Properties& config, std::string_view name, KeyErrors& errors) {
    if (name == s3_class::by_time) {
        const std::string pattern = s3_value(config, "path.format");
        if (trim(pattern).empty() || pattern == s3_value(config, "directory.delim"))
            add(errors, {"path.format"}, "Path format cannot be empty.");
        if (parse_int(s3_value(config, "partition.duration.ms")).value_or(0) <= 0)
            add(errors, {"partition.duration.ms"}, "Partition duration needs to be a positive.");
        const auto path = PathFormat::parse(pattern);
        if (!path) add(errors, {"path.format"}, path.error().message);
        const std::string locale = to_lower(s3_value(config, "locale"));
        if (path && path->has_words() && !locale.empty() && !locale.starts_with("en"))
            add(errors, {"locale"},
                "Names of months and days are English here: set locale to en, or use numbers (MM).");
    }
    if (trim(s3_value(config, "locale")).empty()) add(errors, {"locale"}, "Locale cannot be empty.");
    if (trim(s3_value(config, "timezone")).empty()) add(errors, {"timezone"}, "Timezone cannot be empty.");
}

void check_layout(const Properties& config, KeyErrors& errors) {
    const std::string name = s3_value(config, "partitioner.class");
    const std::string fields = s3_value(config, "partition.field.name");
    if (name == s3_class::by_field && trim(fields).empty())
        add(errors, {"partition.field.name"}, "Field name cannot be null or empty");
    for (const std::string_view field : split(fields, ','))
        for (const std::string_view segment : split(field, '.'))
            if (!trim(fields).empty() && trim(segment).empty())
                add(errors, {"partition.field.name"},
                    "Field name cannot contain an empty or whitespace-only path segment");
    if (name == s3_class::by_time || name == s3_class::daily || name == s3_class::hourly)
        check_time_layout(config, name, errors);
    const bool scheduled = parse_int(s3_value(config, "rotate.schedule.interval.ms")).value_or(-1) > 0;
    if (scheduled && s3_value(config, "timezone").empty())
        add(errors, {"timezone"}, "timezone configuration must be set when using rotate.schedule.interval.ms");
}

// What only a store over a network knows is refused where one is meant, rather than left out in silence.
void check_protection(const Properties& config, bool stays_here, KeyErrors& errors) {
    if (stays_here && trim(s3_value(config, "store.url")).empty()) return;
    for (const std::string_view key :
         {"s3.ssea.name", "s3.sse.customer.key", "s3.sse.kms.key.id", "s3.acl.canned", "s3.proxy.url"})
        if (!s3_value(config, key).empty())
            add(errors, {key}, fmt::format("Pinflow does not send {} to a store; set it at the bucket", key));
    if (is_true(config, "s3.object.tagging"))
        add(errors, {"s3.object.tagging"}, "Pinflow does not tag objects; take the key out");
}

void check_store(const Properties& config, bool stays_here, KeyErrors& errors) {
    check_protection(config, stays_here, errors);
    if (is_true(config, "s3.wan.mode") && is_true(config, "s3.path.style.access.enabled"))
        add(errors, {"s3.wan.mode", "s3.path.style.access.enabled"},
            "Both accelerate mode and path style access are being enabled. These options are mutually exclusive and "
            "cannot be enabled together. Please disable one of them");
    const bool key = !s3_value(config, "aws.access.key.id").empty();
    if (key == s3_value(config, "aws.secret.access.key").empty())
        add(errors, {key ? "aws.secret.access.key" : "aws.access.key.id"},
            "aws.access.key.id and aws.secret.access.key go together");
}

}  // namespace

KeyErrors check_s3_config(const Properties& config, bool stays_here) {
    KeyErrors errors;
    check_formats(config, errors);
    check_converters(config, errors);
    check_nulls(config, errors);
    check_layout(config, errors);
    check_store(config, stays_here, errors);
    return errors;
}

}  // namespace pinflow::connect
