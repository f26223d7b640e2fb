#include "openapi/security_schemes.h"

#include <array>

#include "openapi/members.h"

namespace pinflow::openapi {
namespace {

struct Flow {
    std::string_view swagger2, openapi3;
};
constexpr std::array flows = {Flow{"implicit", "implicit"}, Flow{"password", "password"},
                              Flow{"application", "clientCredentials"}, Flow{"accessCode", "authorizationCode"}};

JsonObject with_type(const Json& scheme, const char* type) {
    JsonObject made(*scheme.object());
    made.set("type", Json(type));
    return made;
}

Json with_flows(const Json& scheme) {
    const std::string told = scheme.text_or("flow");
    const auto* const flow = std::ranges::find(flows, told, &Flow::swagger2);
    if (flow == flows.end()) return scheme;
    JsonObject made, one, all;
    for (const auto& [name, value] : scheme.object()->members()) {
        const bool of_flow = is_any_of(name, {"authorizationUrl", "tokenUrl", "scopes"});
        if (name != "flow") (of_flow ? one : made).set(name, value);
    }
    if (scheme.find("scopes") == nullptr) one.set("scopes", Json(JsonObject()));
    all.set(std::string(flow->openapi3), Json(std::move(one)));
    made.set("flows", Json(std::move(all)));
    return Json(std::move(made));
}

// Null: there is none that Swagger 2.0 knows.
const JsonObject::Member* first_flow(const Json& scheme) {
    const Json* const all = scheme.find("flows");
    if (all == nullptr || all->object() == nullptr) return nullptr;
    for (const auto& member : all->object()->members())
        if (std::ranges::count(flows, member.first, &Flow::openapi3) > 0) return &member;
    return nullptr;
}

std::optional<Json> with_one_flow(const Json& scheme) {
    if (scheme.find("flow") != nullptr) return scheme;
    const auto* const first = first_flow(scheme);
    if (first == nullptr) return std::nullopt;
    JsonObject made;
    for (const auto& [name, value] : scheme.object()->members())
        if (name != "flows") made.set(name, value);
    made.set("flow", Json(std::string(std::ranges::find(flows, first->first, &Flow::openapi3)->swagger2)));
    for (const char* name : {"authorizationUrl", "tokenUrl"}) copy_member(first->second, name, made);
    const Json* const scopes = first->second.find("scopes");
    made.set("scopes", scopes == nullptr ? Json(JsonObject()) : *scopes);
    return Json(std::move(made));
}

}  // namespace

Json scheme_as_openapi3(const Json& scheme) {
    if (scheme.object() == nullptr) return scheme;
    if (scheme.text_or("type") == "oauth2") return with_flows(scheme);
    if (scheme.text_or("type") != "basic") return scheme;
    JsonObject made = with_type(scheme, "http");
    made.set("scheme", Json("basic"));
    return Json(std::move(made));
}

std::optional<Json> scheme_as_swagger2(const Json& scheme) {
    if (scheme.object() == nullptr || scheme.find("$ref") != nullptr) return scheme;
    const std::string type = scheme.text_or("type");
    if (type == "oauth2") return with_one_flow(scheme);
    if (type == "http" && scheme.text_or("scheme") == "basic") {
        JsonObject made = with_type(scheme, "basic");
        made.erase("scheme");
        return Json(std::move(made));
    }
    const bool is_key = type == "apiKey" && scheme.text_or("in") != "cookie";
    return is_key || type == "basic" ? std::optional(scheme) : std::nullopt;
}

std::vector<std::string> flows_left_out(const Json& scheme) {
    std::vector<std::string> left_out;
    const Json* const all = scheme.text_or("type") == "oauth2" ? scheme.find("flows") : nullptr;
    if (all == nullptr || all->object() == nullptr) return left_out;
    const auto* const first = first_flow(scheme);
    for (const auto& member : all->object()->members())
        if (&member != first) left_out.push_back(member.first);
    if (first != nullptr && first->second.object() != nullptr)
        for (const auto& [name, value] : first->second.object()->members())
            if (!is_any_of(name, {"authorizationUrl", "tokenUrl", "scopes"}))
                left_out.push_back(first->first + "/" + name);
    return left_out;
}

}  // namespace pinflow::openapi
