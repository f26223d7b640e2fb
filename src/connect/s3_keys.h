// The S3 sink connector's configuration keys (docs/connect_s3.md), as the original's ConfigDef has them.
#pragma once
#include <span>
#include <string_view>

#include "connect/key.h"

namespace pinflow::connect {

inline constexpr std::string_view s3_sink_class = "io.confluent.connect.s3.S3SinkConnector";

namespace s3_class {  // what the keys of type class may name
inline constexpr std::string_view storage = "io.confluent.connect.s3.storage.S3Storage";
inline constexpr std::string_view json = "io.confluent.connect.s3.format.json.JsonFormat";
inline constexpr std::string_view bytes = "io.confluent.connect.s3.format.bytearray.ByteArrayFormat";
inline constexpr std::string_view parquet = "io.confluent.connect.s3.format.parquet.ParquetFormat";
inline constexpr std::string_view avro = "io.confluent.connect.s3.format.avro.AvroFormat";
inline constexpr std::string_view by_default = "io.confluent.connect.storage.partitioner.DefaultPartitioner";
inline constexpr std::string_view by_field = "io.confluent.connect.storage.partitioner.FieldPartitioner";
inline constexpr std::string_view by_time = "io.confluent.connect.storage.partitioner.TimeBasedPartitioner";
inline constexpr std::string_view daily = "io.confluent.connect.storage.partitioner.DailyPartitioner";
inline constexpr std::string_view hourly = "io.confluent.connect.storage.partitioner.HourlyPartitioner";
}  // namespace s3_class

std::span<const Key> s3_keys();
// The value given, or the key's default; "" where there is neither.
std::string s3_value(const Properties& config, std::string_view key);

}  // namespace pinflow::connect
