// What values that JSON Schema takes for the same have in common.
#include <algorithm>

#include "base/json_writer.h"
#include "openapi/schema.h"

namespace pinflow::openapi {
namespace {

void append_same(std::string& out, const Json& value) {
    if (const std::string* const number = value.number()) {
        out += Decimal(*number).text();
    } else if (const JsonList* const list = value.list()) {
        out += '[';
        for (const Json& each : *list) {
            append_same(out, each);
            out += ',';
        }
        out += ']';
    } else if (const JsonObject* const object = value.object()) {
        std::vector<const JsonObject::Member*> members;
        for (const auto& each : object->members()) members.push_back(&each);
        std::ranges::sort(members, {}, &JsonObject::Member::first);
        out += '{';
        for (const auto* const each : members) {
            append_json_string(out, each->first);
            append_same(out, each->second);
            out += ',';
        }
        out += '}';
    } else {
        value.append_compact(out);
    }
}

}  // namespace

std::string same_text(const Json& value) {
    std::string text;
    append_same(text, value);
    return text;
}

}  // namespace pinflow::openapi
