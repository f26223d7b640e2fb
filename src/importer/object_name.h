// What the S3 sink connector's names say: …/<topic>+<partition>+<start offset>.json (reference: docs/connect_s3.md, and
// Confluent's documentation of the connector). Other names are JSON lines without a place.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::importer {

struct ObjectName {
    std::string_view topic;
    int32_t partition = 0;
    int64_t offset = 0;  // of the first record
};

// Nothing: not named by the connector. `delimiter` is its `file.delim`.
std::optional<ObjectName> parse_object_name(std::string_view key, char delimiter = '+');

enum class Kind : uint8_t { lines, gzip_lines, keys_or_headers, other };

// By the ending: .json, .jsonl, .ndjson, each with or without .gz; .keys.json and .headers.json lie beside the values.
Kind kind_of(std::string_view key);
// Of an object of keys or headers: which of both it is, and the object of values that it belongs to.
struct BesideName {
    bool is_keys = false;
    std::string values;
};
BesideName parse_beside_name(std::string_view key);

}  // namespace pinflow::importer
