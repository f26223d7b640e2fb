#include "connect/s3_partitioner.h"

#include <charconv>
#include <cmath>

#include "base/text.h"
#include "connect/iso_time.h"
#include "connect/json_field.h"

namespace pinflow::connect {
namespace {

// A number's text as Java's Number.longValue() takes it.
std::optional<int64_t> long_value(std::string_view number) {
    if (const auto whole = parse_int(number)) return whole;
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size() || std::abs(value) >= 0x1p63) return std::nullopt;
    return static_cast<int64_t>(value);
}

std::optional<int64_t> time_in(std::string_view json) {
    if (!json.starts_with('"')) return long_value(json);
    const std::string text = json_string_text(json);
    if (const auto number = parse_int(text)) return number;
    return parse_iso_time(text);
}

}  // namespace

Accepted<int64_t> S3Partitioner::time_of(const Row& row, int64_t now_ms) {
    // A record without a value has no fields, so it is its timestamp that counts.
    if (how_.source == TimeSource::clock) return now_ms;
    if (how_.source == TimeSource::record || row.value.kind == Value::Kind::null) return row.record.timestamp_ms;
    if (row.value.kind != Value::Kind::json || !row.value.contents.starts_with('{'))
        return refuse(exception::partition, "Error encoding partition.: the value is not of Struct or Map type");
    const bool found = find_json_field(reader_, row.value.contents, how_.timestamp_field, found_);
    if (!found) return refuse(exception::data, "The field '{}' does not exist.", how_.timestamp_field);
    if (const auto time = time_in(found_)) return *time;
    return refuse(exception::partition, "Error extracting timestamp from record field: {}: {}", how_.timestamp_field,
                  std::string_view(found_).substr(0, 100));
}

Accepted<> S3Partitioner::append_field(const std::string& field) {
    if (found_.starts_with('"'))
        encoded_ += json_string_text(found_);
    else if (found_ == "true" || found_ == "false" || found_ == "null" || parse_int(found_))
        encoded_ += found_;
    else
        return refuse(exception::partition,
                      "Error encoding partition.: the field '{}' is {}: not a text, a whole "
                      "number or a boolean",
                      field, std::string_view(found_).substr(0, 100));
    return {};
}

Accepted<> S3Partitioner::append_fields(const Value& value) {
    if (value.kind != Value::Kind::json || !value.contents.starts_with('{'))
        return refuse(exception::partition, "Error encoding partition.: the value is not of Struct or Map type");
    bool is_first = true;
    for (const std::string& field : how_.fields) {
        if (!is_first) encoded_ += delimiter_;
        is_first = false;
        fmt::format_to(std::back_inserter(encoded_), "{}=", field);
        if (!find_json_field(reader_, value.contents, field, found_)) found_ = "null";
        if (auto appended = append_field(field); !appended) return appended;
    }
    return {};
}

void S3Partitioner::append_time(int64_t time_ms) {
    const int64_t local = how_.zone->to_local(time_ms);
    const int64_t bucket = how_.zone->to_utc(local / how_.duration_ms * how_.duration_ms);
    if (bucket != bucket_ms_) {
        bucket_.clear();
        how_.path->append(bucket_, bucket, *how_.zone);
        bucket_ms_ = bucket;
    }
    encoded_ += bucket_;
}

Accepted<std::string_view> S3Partitioner::encode(const Row& row, int32_t partition, int64_t time_ms) {
    encoded_.clear();
    if (row.value.kind == Value::Kind::null) return how_.null_partition;
    const ConnectSchema* known = row.value.schema;
    const std::string_view schema =
        known == nullptr || known->name.empty() ? std::string_view("null") : std::string_view(known->name);
    if (how_.affix == SchemaAffix::prefix) encoded_ = fmt::format("schema_name={}{}", schema, delimiter_);
    if (how_.layout == S3Layout::by_partition) {
        fmt::format_to(std::back_inserter(encoded_), "partition={}", partition);
    } else if (how_.layout == S3Layout::by_time) {
        append_time(time_ms);
    } else if (auto appended = append_fields(row.value); !appended) {
        return std::unexpected(std::move(appended).error());
    }
    if (how_.affix == SchemaAffix::suffix) encoded_ += fmt::format("{}schema_name={}", delimiter_, schema);
    return encoded_;
}

}  // namespace pinflow::connect
