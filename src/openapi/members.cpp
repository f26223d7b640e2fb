#include "openapi/members.h"

namespace pinflow::openapi {

// Only by as much as documents are nested: read_document() bounds it.
Json with_references(const Json& value, std::initializer_list<Renamed> renamed) {
    if (const JsonList* const list = value.list()) {
        JsonList made;
        for (const Json& item : *list) made.push_back(with_references(item, renamed));
        return Json(std::move(made));
    }
    return changed_members(value, [&](const std::string& name, const Json& member) {
        const std::string* const target = name == "$ref" ? member.text() : nullptr;
        if (target == nullptr) return with_references(member, renamed);
        for (const auto& [from, to] : renamed)
            if (target->starts_with(from)) return Json(std::string(to) + target->substr(from.size()));
        return member;
    });
}

}  // namespace pinflow::openapi
