#include "rest/json_fields.h"

#include "base/text.h"

namespace pinflow::rest {
namespace {}  // namespace

Checked JsonFields::text(const std::string& name, std::optional<std::string>& into) {
    std::string_view value;
    if (!reader_.value(value)) return not_json();
    into.reset();
    if (value == "null") return {};
    if (value.starts_with('{') || value.starts_with('['))
        return refuse(400, fmt::format("{} must be a string, and is an object or a list", name));
    into = value.starts_with('"') ? json_string_text(value) : std::string(value);
    return {};
}

Checked JsonFields::integer(const std::string& name, int64_t least, int64_t most, std::optional<int64_t>& into) {
    std::optional<std::string> value;
    PINFLOW_TRY(text(name, value));
    into.reset();
    if (!value || trim(*value).empty()) return {};  // Jackson takes an empty string for null
    const auto number = parse_int(trim(*value));
    if (!number || *number < least || *number > most)
        return refuse(400, fmt::format("{} must be a whole number from {} to {}", name, least, most));
    into = *number;
    return {};
}

Checked JsonFields::skip() {
    if (!reader_.skip()) return not_json();
    return {};
}

std::unexpected<Refusal> JsonFields::unknown(const std::string& key) {
    return refuse(422, fmt::format("Unrecognized field: {}", shown(key)));
}

std::unexpected<Refusal> JsonFields::too_many(const std::string& name, size_t most) {
    return refuse(422, fmt::format("{} may have at most {} elements", name, most));
}

std::unexpected<Refusal> JsonFields::not_json() const {
    return refuse(400, fmt::format("The request body is not the JSON of this request: {}", reader_.error().message));
}

}  // namespace pinflow::rest
