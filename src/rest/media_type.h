// The content types of the REST Proxy.
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

// Whether a content type is `type`, parameters ignored, and whether an Accept header allows that: see accepts_v2_json.
bool is_type(std::string_view content_type, std::string_view type);
bool accepts(std::string_view accept, std::string_view type);

// What consumers send and accept: v2_json, and the five embedded formats' types.
bool is_v2_type(std::string_view content_type);
// The type of an answer that carries no records: v2_json where it is taken, else one that is named; empty if none is.
std::string_view accepted_type(std::string_view accept);
// The type of an answer with records of this format; nothing if another format is asked for. Unlike at the REST Proxy,
// a wildcard fits each format.
std::optional<std::string_view> accepted_records_type(std::string_view accept, Format format);

}  // namespace pinflow::rest
