// What calls that change a table have in common: who may make them, and how their bodies are read.
#pragma once
#include <string>

#include "base/json_tree.h"
#include "base/text.h"
#include "console/guard.h"

namespace pinflow::console {

// `what` is managed by the call: "replays".
inline Result<Json> body_of_call(const net::Request& request, std::string_view what) {
    PINFLOW_TRY(check_json(request));
    PINFLOW_TRY(check_host(request, what));
    auto body = parse_json_tree(request.body, {});
    if (!body || !body->object()) return fail(Code::invalid, "the body must be a JSON object");
    return *std::move(body);
}

// clean.t and clean."t" are t.
inline std::string table_of(std::string name) {
    if (to_lower(name).starts_with("clean.")) name.erase(0, 6);
    if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    return name;
}

inline bool flag_in(const Json& body, std::string_view name) {
    const Json* const found = body.find(name);
    return found && found->boolean() && *found->boolean();
}

inline int64_t timeout_ms_in(const Json& body) {
    const Json* const found = body.find("timeout_ms");
    return found && found->number() ? parse_int(*found->number()).value_or(0) : 0;
}

}  // namespace pinflow::console
