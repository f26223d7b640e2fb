// What an object's name says: the way back from object_key() (s3_format.h).
#pragma once
#include <optional>
#include <string_view>

#include "connect/connector.h"
#include "connect/s3_config.h"

namespace pinflow::connect {

struct S3ObjectName {
    int32_t partition = 0;
    int64_t first_offset = 0;
    S3Part part;
    bool gzip = false;
    std::string_view codec = {};  // of Parquet, as SQL names it
    size_t stem = 0;              // bytes of the key that the object's other parts have too
};

// What all keys of a topic begin with: "topics/<topic>/".
void append_topic_prefix(std::string& out, const S3Names& names, std::string_view topic);
// Of an object with records of this topic, in whichever format; nothing if it is none.
std::optional<S3ObjectName> read_object_name(const S3Config& config, std::string_view topic, std::string_view key);

}  // namespace pinflow::connect
