#include "connect/json_field.h"

namespace pinflow::connect {
namespace {

bool is_key(std::string_view written, std::string_view name) {
    if (!written.contains('\\')) return written == name;
    return json_string_text(fmt::format("\"{}\"", written)) == name;
}

// The member's value is kept in `into`.
bool find_member(JsonReader& reader, std::string_view json, std::string_view name, std::string& into) {
    if (!reader.start(json) || reader.peek() != '{' || !reader.enter_object()) return false;
    std::string_view key, value;
    bool found = false;
    JsonReader::Step step;
    while ((step = reader.next_key(key)) == JsonReader::Step::item) {
        if (!is_key(key, name)) {
            if (!reader.skip()) return false;
            continue;
        }
        if (!reader.value(value)) return false;
        found = true;
    }
    if (step == JsonReader::Step::failed || !found) return false;
    into = value;
    return true;
}

}  // namespace

bool find_json_field(JsonReader& reader, std::string_view json, std::string_view path, std::string& into) {
    const size_t dot = path.find('.');
    if (!find_member(reader, json, path.substr(0, dot), into)) return false;
    if (dot == std::string_view::npos) return true;
    const std::string inner = std::move(into);
    return find_json_field(reader, inner, path.substr(dot + 1), into);
}

}  // namespace pinflow::connect
