// Small helpers over the members of a definition's objects.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json_tree.h"

namespace pinflow::openapi {

inline bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

inline bool is_method(std::string_view name) {
    return is_any_of(
        name, {"get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method"});
}

inline void copy_member(const Json& from, std::string_view name, JsonObject& into) {
    if (const Json* const member = from.find(name)) into.set(std::string(name), *member);
}

// Those that begin with x-.
inline void copy_extensions(const Json& from, JsonObject& into) {
    if (const JsonObject* const object = from.object())
        for (const auto& [name, value] : object->members())
            if (name.starts_with("x-")) into.set(name, value);
}

// Every member of an object changed; what is no object stays.
Json changed_members(const Json& object, auto change) {
    if (object.object() == nullptr) return object;
    JsonObject made;
    for (const auto& [name, value] : object.object()->members()) made.set(name, change(name, value));
    return Json(std::move(made));
}

// References lead to other places in the other version.
struct Renamed {
    std::string_view from, to;
};
Json with_references(const Json& value, std::initializer_list<Renamed> renamed);

}  // namespace pinflow::openapi
