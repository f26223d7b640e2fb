// What a record becomes in an object, and what an object is called.
#pragma once
#include <string>

#include "connect/s3_config.h"
#include "connect/s3_partitioner.h"

namespace pinflow::connect {

// One part of a record, with what stands behind it. Parquet is made of lines of JSON when the object ends.
Accepted<> append_record(std::string& out, const S3Part& part, const Row& row, const S3Content& content);

// topics/<topic>/<encoded partition>/<topic>+<partition>+<offset><extension>
std::string object_key(const S3Config& config, const TopicPartition& of, std::string_view encoded_partition,
                       int64_t first_offset, const S3Part& part);

}  // namespace pinflow::connect
