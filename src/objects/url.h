// Where objects are kept, as a URL (docs/objects.md has all parameters):
//   file:///var/lib/lake
//   s3://bucket/prefix?region=eu-west-1
//   s3://bucket?endpoint=http://127.0.0.1:9000&path_style=true
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace pinflow::objects {

struct FilePlace {
    std::filesystem::path folder;
};

struct S3Place {
    std::string bucket;
    std::string prefix;    // of every key, with its slash; or empty
    std::string endpoint;  // "https://host[:port]", no slash behind; empty: AWS
    std::string region;    // empty: as the environment or the profile says
    std::string profile;   // of the shared files; empty: as the environment says
    std::string ca;        // a PEM file; empty: as the environment says, or the system's
    std::optional<bool> path_style;
    bool checksums = true;      // CRC-32C headers, which some older stores refuse
    bool is_anonymous = false;  // unsigned requests, for public data
    int attempts = 8;
    int64_t connect_timeout_ms = 5'000;
    int64_t stall_timeout_ms = 30'000;  // nothing moves for so long
    size_t part_bytes = 8 << 20;        // of an upload: what it holds in memory
};

using Place = std::variant<FilePlace, S3Place>;

// denied: says which part is wrong, and what may stand there.
Result<Place> parse_url(std::string_view url);

}  // namespace pinflow::objects
