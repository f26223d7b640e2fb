#include "connect/s3_config.h"

#include "base/text.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

bool flag(const Properties& config, std::string_view key) {
    return equals_ignoring_case(s3_value(config, key), "true");
}

Result<int64_t> number(const Properties& config, std::string_view key) {
    const std::string text = s3_value(config, key);
    const std::string_view digits = trim(text);
    if (const auto value = parse_int(digits.starts_with('+') ? digits.substr(1) : digits)) return *value;
    return fail(Code::invalid, "Invalid value {} for configuration {}: not a number", text, key);
}

S3Format format_of(std::string_view name) {
    if (name == s3_class::bytes) return S3Format::bytes;
    if (name == s3_class::parquet) return S3Format::parquet;
    return name == s3_class::avro ? S3Format::avro : S3Format::json;
}

// Java's escapes, as StringEscapeUtils.unescapeJava knows them; \u is left to whom it concerns.
std::string unescaped(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        constexpr std::string_view from = "nrtbf", to = "\n\r\t\b\f";
        const size_t known = from.find(text[++i]);
        out += known == std::string_view::npos ? text[i] : to[known];
    }
    return out;
}

std::vector<std::string> listed(std::string_view text) {
    std::vector<std::string> all;
    for (const std::string_view each : split(text, ','))
        if (!trim(each).empty()) all.emplace_back(trim(each));
    return all;
}

Result<S3Where> read_where(const Properties& config) {
    S3Where where{.bucket = std::string(trim(s3_value(config, "s3.bucket.name"))),
                  .region = s3_value(config, "s3.region"),
                  .store_url = std::string(trim(s3_value(config, "store.url"))),
                  .access_key = s3_value(config, "aws.access.key.id"),
                  .secret_key = s3_value(config, "aws.secret.access.key"),
                  .path_style = flag(config, "s3.path.style.access.enabled")};
    PINFLOW_ASSIGN(where.part_bytes, number(config, "s3.part.size"));
    PINFLOW_ASSIGN(const int64_t retries, number(config, "s3.part.retries"));
    where.attempts = retries + 1;
    return where;
}

Result<S3Rotation> read_rotation(const Properties& config) {
    S3Rotation rotation{.on_partition_change = flag(config, "rotate.file.on.partition.change")};
    PINFLOW_ASSIGN(rotation.records, number(config, "flush.size"));
    PINFLOW_ASSIGN(rotation.interval_ms, number(config, "rotate.interval.ms"));
    PINFLOW_ASSIGN(rotation.schedule_ms, number(config, "rotate.schedule.interval.ms"));
    PINFLOW_ASSIGN(rotation.most_open, number(config, "partitioner.max.open.files"));
    return rotation;
}

// Daily and Hourly are TimeBased with these.
Result<> read_time_layout(const Properties& config, std::string_view name, S3Partitioning& into) {
    const std::string delimiter = s3_value(config, "directory.delim");
    std::string pattern = s3_value(config, "path.format");
    PINFLOW_ASSIGN(into.duration_ms, number(config, "partition.duration.ms"));
    const std::string day = fmt::format("'year'=YYYY{0}'month'=MM{0}'day'=dd", delimiter);
    if (name == s3_class::daily) pattern = day, into.duration_ms = 86'400'000;
    if (name == s3_class::hourly) pattern = day + delimiter + "'hour'=HH", into.duration_ms = 3'600'000;
    if (!delimiter.empty() && pattern.ends_with(delimiter)) pattern.resize(pattern.size() - delimiter.size());
    PINFLOW_ASSIGN(into.path, PathFormat::parse(pattern));
    return {};
}

Result<S3Partitioning> read_partitioning(const Properties& config) {
    const std::string name = s3_value(config, "partitioner.class");
    const std::string source = s3_value(config, "timestamp.extractor");
    const std::string affix = s3_value(config, "s3.schema.partition.affix.type");
    S3Partitioning into{.layout = name == s3_class::by_field     ? S3Layout::by_field
                                  : name == s3_class::by_default ? S3Layout::by_partition
                                                                 : S3Layout::by_time,
                        .fields = listed(s3_value(config, "partition.field.name")),
                        .source = source == "Record"        ? TimeSource::record
                                  : source == "RecordField" ? TimeSource::field
                                                            : TimeSource::clock,
                        .timestamp_field = s3_value(config, "timestamp.field"),
                        .affix = affix == "PREFIX"   ? SchemaAffix::prefix
                                 : affix == "SUFFIX" ? SchemaAffix::suffix
                                                     : SchemaAffix::none,
                        .null_partition = s3_value(config, "tombstone.encoded.partition")};
    if (into.layout == S3Layout::by_time) PINFLOW_TRY(read_time_layout(config, name, into));
    const std::string zone = s3_value(config, "timezone");
    PINFLOW_ASSIGN(into.zone, TimeZone::find(zone.empty() ? "UTC" : zone));
    return into;
}

Result<S3Content> read_content(const Properties& config) {
    S3Content content{.gzip = s3_value(config, "s3.compression.type") == "gzip",
                      .parquet_codec = s3_value(config, "parquet.codec"),
                      .bytes_extension = s3_value(config, "format.bytearray.extension")};
    content.parts.push_back({PartOf::value, format_of(s3_value(config, "format.class"))});
    if (flag(config, "store.kafka.keys"))
        content.parts.push_back({PartOf::key, format_of(s3_value(config, "keys.format.class"))});
    if (flag(config, "store.kafka.headers"))
        content.parts.push_back({PartOf::headers, format_of(s3_value(config, "headers.format.class"))});
    PINFLOW_ASSIGN(const int64_t level, number(config, "s3.compression.level"));
    content.gzip_level = static_cast<int>(level);
    const auto separator = config.find("format.bytearray.separator");
    content.bytes_separator = separator == config.end() ? "\n" : unescaped(separator->second);
    const std::string compatibility = s3_value(config, "schema.compatibility");
    content.compatibility = compatibility == "BACKWARD"  ? Compatibility::backward
                            : compatibility == "FORWARD" ? Compatibility::forward
                            : compatibility == "FULL"    ? Compatibility::full
                                                         : Compatibility::none;
    return content;
}

}  // namespace

Result<S3Config> read_s3_config(const Properties& config) {
    const std::string on_null = to_lower(s3_value(config, "behavior.on.null.values"));
    S3Config result{.names = {.topics_dir = s3_value(config, "topics.dir"),
                              .folder_delimiter = s3_value(config, "directory.delim"),
                              .file_delimiter = s3_value(config, "file.delim")},
                    .on_null = on_null == "ignore"  ? OnNull::ignore
                               : on_null == "write" ? OnNull::write
                                                    : OnNull::fail,
                    .report_nulls = flag(config, "report.null.values.to.dlq")};
    PINFLOW_ASSIGN(result.where, read_where(config));
    PINFLOW_ASSIGN(result.names.offset_digits, number(config, "filename.offset.zero.pad.width"));
    PINFLOW_ASSIGN(result.rotation, read_rotation(config));
    PINFLOW_ASSIGN(result.partitioning, read_partitioning(config));
    PINFLOW_ASSIGN(result.content, read_content(config));
    PINFLOW_ASSIGN(result.retry_backoff_ms, number(config, "retry.backoff.ms"));
    return result;
}

}  // namespace pinflow::connect
