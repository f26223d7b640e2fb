#include "openapi/places.h"

#include "base/text.h"

namespace pinflow::openapi {
namespace {

std::string unescaped(std::string_view part) {
    std::string out;
    for (size_t i = 0; i < part.size(); ++i) {
        const bool escape = part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1');
        out += escape ? (part[i + 1] == '0' ? '~' : '/') : part[i];
        i += escape ? 1 : 0;
    }
    return out;
}

}  // namespace

std::string pointer(std::string_view place, std::string_view member) {
    std::string out(place);
    out += '/';
    for (const char c : member) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

const Json* at(const Json& root, std::string_view pointer) {
    const Json* found = &root;
    if (pointer.empty()) return found;
    for (const std::string_view part : split(pointer.substr(1), '/')) {
        const std::string name = unescaped(percent_decode(part).value_or(std::string(part)));
        const JsonList* const list = found->list();
        const auto place = list == nullptr ? std::nullopt : parse_int(name);
        const bool inside = place && *place >= 0 && static_cast<size_t>(*place) < list->size();
        found = inside ? &(*list)[static_cast<size_t>(*place)] : found->find(name);
        if (found == nullptr) return nullptr;
    }
    return found;
}

Result<Json> resolved(const Json& root, const Json& value) {
    constexpr int most_steps = 32;
    Json now = value;
    for (int steps = 0; now.find("$ref") != nullptr; ++steps) {
        const std::string target = now.text_or("$ref");
        if (steps == most_steps) return fail(Code::invalid, "$ref {} leads in a circle", target);
        if (!target.starts_with("#/")) return fail(Code::invalid, "$ref {} leads to another file", target);
        const Json* const found = at(root, std::string_view(target).substr(1));
        if (found == nullptr) return fail(Code::invalid, "$ref {} leads nowhere", target);
        now = Json(*found);
    }
    return now;
}

}  // namespace pinflow::openapi
