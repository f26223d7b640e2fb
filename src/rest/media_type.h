// The content types of the REST Proxy, v2.
#pragma once
#include <optional>
#include <string_view>

namespace pinflow::rest {

inline constexpr std::string_view v2_json = "application/vnd.kafka.v2+json";

enum class Format { json, binary };

// Of records in a request: application/vnd.kafka.{json|binary}.v2+json, parameters ignored; nothing for any other.
std::optional<Format> format_of(std::string_view content_type);
// An embedded format that needs a schema registry: avro, protobuf, jsonschema.
bool needs_schemas(std::string_view content_type);
// Whether the client takes v2_json: it sent no Accept header, or one with that type or a wildcard for it.
bool accepts_v2_json(std::string_view accept);

}  // namespace pinflow::rest
