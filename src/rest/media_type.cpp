#include "rest/media_type.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pinflow::rest {
namespace {

constexpr std::string_view binary_json = "application/vnd.kafka.binary.v2+json";
constexpr std::string_view json_json = "application/vnd.kafka.json.v2+json";
constexpr std::array<std::string_view, 6> v2_types = {v2_json,
                                                      binary_json,
                                                      json_json,
                                                      "application/vnd.kafka.avro.v2+json",
                                                      "application/vnd.kafka.jsonschema.v2+json",
                                                      "application/vnd.kafka.protobuf.v2+json"};

std::string_view type_of(std::string_view value) {
    return trim(value.substr(0, value.find(';')));
}

// "...;q=0" and "...; q=0.000": not acceptable at all.
bool has_no_weight(std::string_view range) {
    for (std::string_view parameter : split(range, ';')) {
        parameter = trim(parameter);
        if (parameter.size() < 3 || !equals_ignoring_case(parameter.substr(0, 2), "q=")) continue;
        return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
    }
    return false;
}

bool is_wildcard(std::string_view type) {
    return type == "*/*" || type == "*" || equals_ignoring_case(type, "application/*");
}

// Whether the client named this type, and with a weight.
bool names(std::string_view accept, std::string_view type) {
    return std::ranges::any_of(split(accept, ','), [&](std::string_view range) {
        return equals_ignoring_case(type_of(range), type) && !has_no_weight(range);
    });
}

bool takes_anything(std::string_view accept) {
    return trim(accept).empty() || std::ranges::any_of(split(accept, ','), [](std::string_view range) {
               return is_wildcard(type_of(range)) && !has_no_weight(range);
           });
}

}  // namespace

std::optional<Format> format_of(std::string_view content_type) {
    const std::string_view type = type_of(content_type);
    if (equals_ignoring_case(type, json_json)) return Format::json;
    if (equals_ignoring_case(type, binary_json)) return Format::binary;
    return std::nullopt;
}

bool needs_schemas(std::string_view content_type) {
    for (std::string_view name : {"avro", "protobuf", "jsonschema"})
        if (equals_ignoring_case(type_of(content_type), fmt::format("application/vnd.kafka.{}.v2+json", name)))
            return true;
    return false;
}

bool is_type(std::string_view content_type, std::string_view type) {
    return equals_ignoring_case(type_of(content_type), type);
}

bool accepts(std::string_view accept, std::string_view type) {
    return takes_anything(accept) || names(accept, type);
}

bool accepts_v2_json(std::string_view accept) {
    return accepts(accept, v2_json);
}

bool is_v2_type(std::string_view content_type) {
    return std::ranges::any_of(
        v2_types, [&](std::string_view type) { return equals_ignoring_case(type_of(content_type), type); });
}

std::string_view accepted_type(std::string_view accept) {
    if (takes_anything(accept)) return v2_json;
    const auto named = std::ranges::find_if(v2_types, [&](std::string_view type) { return names(accept, type); });
    return named == v2_types.end() ? std::string_view() : *named;
}

std::optional<std::string_view> accepted_records_type(std::string_view accept, Format format) {
    const std::string_view embedded = format == Format::json ? json_json : binary_json;
    if (takes_anything(accept) || names(accept, embedded)) return embedded;
    if (format == Format::binary && names(accept, v2_json)) return v2_json;
    return std::nullopt;
}

}  // namespace pinflow::rest
