// The S3 sink connector's configuration, read.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "connect/key.h"
#include "connect/path_format.h"
#include "connect/time_zone.h"

namespace pinflow::connect {

enum class S3Format : uint8_t { json, bytes, parquet, avro };
enum class S3Layout : uint8_t { by_partition, by_field, by_time };
enum class TimeSource : uint8_t { clock, record, field };
enum class OnNull : uint8_t { fail, ignore, write };
enum class Compatibility : uint8_t { none, backward, forward, full };
enum class SchemaAffix : uint8_t { none, prefix, suffix };

// Where the bucket is, if not in the local store.
struct S3Where {
    std::string bucket;
    std::string region;
    std::string store_url;  // empty: the local store, or what Pinflow's own configuration says
    std::string access_key;
    std::string secret_key;
    bool path_style = true;
    int64_t part_bytes = 0;
    int64_t attempts = 0;
};

struct S3Names {
    std::string topics_dir;
    std::string folder_delimiter;
    std::string file_delimiter;
    int64_t offset_digits = 10;
};

struct S3Rotation {
    int64_t records = 0;
    int64_t interval_ms = -1;
    int64_t schedule_ms = -1;
    bool on_partition_change = false;
    int64_t most_open = -1;
};

struct S3Partitioning {
    S3Layout layout = S3Layout::by_partition;
    std::vector<std::string> fields;
    int64_t duration_ms = 0;
    std::optional<PathFormat> path;
    std::optional<TimeZone> zone;  // UTC unless set; of the schedule too
    TimeSource source = TimeSource::clock;
    std::string timestamp_field;
    SchemaAffix affix = SchemaAffix::none;
    std::string null_partition;
};

// Each record has its place in one object of each part: its value, its key, its headers.
enum class PartOf : uint8_t { value, key, headers };
struct S3Part {
    PartOf of = PartOf::value;
    S3Format format = S3Format::json;
    bool operator==(const S3Part&) const = default;
};

struct S3Content {
    std::vector<S3Part> parts;
    bool gzip = false;
    int gzip_level = -1;
    std::string parquet_codec;
    std::string bytes_extension;
    std::string bytes_separator;
    Compatibility compatibility = Compatibility::none;
};

struct S3Config {
    S3Where where;
    S3Names names;
    S3Rotation rotation;
    S3Partitioning partitioning;
    S3Content content;
    OnNull on_null = OnNull::fail;
    bool report_nulls = true;
    int64_t retry_backoff_ms = 5000;
};

// What takes more than one key to see.
// `stays_here`: a store that nobody names is a folder of this machine.
KeyErrors check_s3_config(const Properties& config, bool stays_here);
// Of what check_s3_config finds nothing wrong with.
Result<S3Config> read_s3_config(const Properties& config);

}  // namespace pinflow::connect
