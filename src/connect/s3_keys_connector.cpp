#include "connect/key_checks.h"
#include "connect/s3_key_groups.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

using enum ValueType;

std::vector<std::string> formats() {
    return {std::string(s3_class::json), std::string(s3_class::bytes), std::string(s3_class::parquet),
            std::string(s3_class::avro)};
}

std::vector<Key> rotation_keys() {
    return {
        {.name = "format.class",
         .type = class_,
         .required = true,
         .importance = Importance::high,
         .documentation = "The format of the objects.",
         .group = "Connector",
         .display_name = "Format class",
         .recommended = formats(),
         .check = one_of(formats())},
        {.name = "flush.size",
         .type = int_,
         .required = true,
         .importance = Importance::high,
         .documentation = "So many records of a partition, then its objects are written.",
         .group = "Connector",
         .width = Width::long_,
         .display_name = "Flush Size",
         .check = at_least(1)},
        {.name = "rotate.interval.ms",
         .type = long_,
         .default_value = "-1",
         .importance = Importance::high,
         .documentation = "Objects are written when a record is so much later than their first one, by the timestamp "
                          "extractor's time; and when no record has come for so long. -1: never.",
         .group = "Connector",
         .width = Width::medium,
         .display_name = "Rotate Interval (ms)"},
        {.name = "rotate.schedule.interval.ms",
         .type = long_,
         .default_value = "-1",
         .documentation = "Objects are written whenever so much time has passed by the clock, counted from 00:00 in "
                          "`timezone`. -1: never.",
         .group = "Connector",
         .width = Width::medium,
         .display_name = "Rotate Schedule Interval (ms)"}};
}

std::vector<Key> avro_keys() {
    return {{.name = "schema.cache.size",
             .type = int_,
             .default_value = "1000",
             .importance = Importance::low,
             .documentation = "Of the original's Avro converter; nothing here depends on it.",
             .group = "Connector",
             .width = Width::long_,
             .display_name = "Schema Cache Size"},
            {.name = "enhanced.avro.schema.support",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "Of AvroFormat.",
             .group = "Connector",
             .width = Width::short_,
             .display_name = "Enhanced Avro Support"},
            {.name = "connect.meta.data",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "Of AvroFormat.",
             .group = "Connector",
             .width = Width::short_,
             .display_name = "Connect Metadata"}};
}

std::vector<Key> running_keys() {
    return {{.name = "retry.backoff.ms",
             .type = long_,
             .default_value = "5000",
             .importance = Importance::low,
             .documentation = "How long to wait after the store could not be reached.",
             .group = "Connector",
             .width = Width::medium,
             .display_name = "Retry Backoff (ms)",
             .check = at_least(0)},
            {.name = "shutdown.timeout.ms",
             .type = long_,
             .default_value = "3000",
             .documentation = "Of the original's Hive tables; nothing here depends on it.",
             .group = "Connector",
             .width = Width::medium,
             .display_name = "Shutdown Timeout (ms)"},
            {.name = "filename.offset.zero.pad.width",
             .type = int_,
             .default_value = "10",
             .importance = Importance::low,
             .documentation = "Offsets in names have at least so many digits.",
             .group = "Connector",
             .width = Width::long_,
             .display_name = "Filename Offset Zero Pad Width",
             .check = between(0, 100)}};
}

std::vector<Key> codec_keys() {
    return {{.name = "avro.codec",
             .default_value = "null",
             .importance = Importance::low,
             .documentation = "Of AvroFormat.",
             .group = "Connector",
             .width = Width::medium,
             .display_name = "Avro Compression Codec",
             .recommended = {"null", "deflate", "snappy", "bzip2"},
             .check = one_of({"null", "deflate", "snappy", "bzip2"})},
            {.name = "allow.optional.map.keys",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Of AvroFormat.",
             .group = "Connector",
             .width = Width::short_,
             .display_name = "Allow Optional Map Keys"},
            {.name = "parquet.codec",
             .default_value = "snappy",
             .importance = Importance::low,
             .documentation = "How pages of ParquetFormat are compressed.",
             .group = "Connector",
             .width = Width::medium,
             .display_name = "Parquet Compression Codec",
             .recommended = {"none", "snappy", "zstd"},
             .check = one_of({"none", "snappy", "gzip", "brotli", "lz4", "zstd"})},
            {.name = "schema.compatibility",
             .default_value = "NONE",
             .importance = Importance::high,
             .documentation = "What happens when the schema of a record is not that of the open object.",
             .group = "Schema",
             .width = Width::short_,
             .display_name = "Schema Compatibility",
             .recommended = {"NONE", "BACKWARD", "FORWARD", "FULL"},
             .check = one_of({"NONE", "BACKWARD", "FORWARD", "FULL"})}};
}

}  // namespace

std::vector<Key> s3_connector_keys() {
    std::vector<Key> keys = rotation_keys();
    for (auto group : {avro_keys, running_keys, codec_keys}) {
        std::vector<Key> more = group();
        keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return keys;
}

}  // namespace pinflow::connect
