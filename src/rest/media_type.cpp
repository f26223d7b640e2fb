#include "rest/media_type.h"

#include "base/text.h"

namespace pinflow::rest {
namespace {

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

}  // namespace

std::optional<Format> format_of(std::string_view content_type) {
    const std::string_view type = type_of(content_type);
    if (equals_ignoring_case(type, "application/vnd.kafka.json.v2+json")) return Format::json;
    if (equals_ignoring_case(type, "application/vnd.kafka.binary.v2+json")) return Format::binary;
    return std::nullopt;
}

bool needs_schemas(std::string_view content_type) {
    for (std::string_view name : {"avro", "protobuf", "jsonschema"})
        if (equals_ignoring_case(type_of(content_type), fmt::format("application/vnd.kafka.{}.v2+json", name)))
            return true;
    return false;
}

bool accepts_v2_json(std::string_view accept) {
    if (trim(accept).empty()) return true;
    for (std::string_view range : split(accept, ',')) {
        const std::string_view type = type_of(range);
        const bool matches = type == "*/*" || type == "*" || equals_ignoring_case(type, "application/*") ||
                             equals_ignoring_case(type, v2_json);
        if (matches && !has_no_weight(range)) return true;
    }
    return false;
}

}  // namespace pinflow::rest
