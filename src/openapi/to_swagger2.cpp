#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/security_schemes.h"
#include "openapi/versions.h"

namespace pinflow::openapi {
namespace {

constexpr std::initializer_list<Renamed> renamed = {{"#/components/schemas/", "#/definitions/"},
                                                    {"#/components/parameters/", "#/parameters/"},
                                                    {"#/components/responses/", "#/responses/"},
                                                    {"#/components/x-", "#/x-"}};

void spread(const Json& schema, JsonObject& into) {
    if (schema.object() != nullptr)
        for (const auto& [name, value] : schema.object()->members()) into.set(name, value);
}

// Of a parameter or header.
Json without_schema(const Json& value) {
    if (value.object() == nullptr) return value;
    JsonObject made;
    for (const auto& [name, member] : value.object()->members())
        if (name != "schema") made.set(name, member);
    if (const Json* const schema = value.find("schema")) spread(*schema, made);
    return Json(std::move(made));
}

Json types_of(const Json& content) {
    JsonList types;
    if (content.object() != nullptr)
        for (const auto& [type, entry] : content.object()->members()) types.emplace_back(type);
    return Json(std::move(types));
}

// Null if it has none.
const Json* first_schema(const Json* content) {
    if (content == nullptr || content->object() == nullptr || content->object()->size() == 0) return nullptr;
    return content->object()->members().front().second.find("schema");
}

Json body_of(const Json& request_body) {
    JsonObject made;
    made.set("in", Json("body"));
    made.set("name", Json("body"));
    copy_member(request_body, "description", made);
    copy_member(request_body, "required", made);
    const Json* const schema = first_schema(request_body.find("content"));
    made.set("schema", schema == nullptr ? Json(JsonObject()) : *schema);
    return Json(std::move(made));
}

Json response_of(const Json& response, Json& produces) {
    if (response.object() == nullptr || response.find("$ref") != nullptr) return response;
    JsonObject made;
    copy_member(response, "description", made);
    const Json* const content = response.find("content");
    if (const Json* const schema = first_schema(content)) {
        made.set("schema", *schema);
        if (produces.is_null()) produces = types_of(*content);
    }
    if (const Json* const headers = response.find("headers"))
        made.set("headers", changed_members(*headers, [](const auto&, const Json& h) { return without_schema(h); }));
    copy_extensions(response, made);
    return Json(std::move(made));
}

Json parameters_of(const Json& list) {
    JsonList made;
    if (list.list() != nullptr)
        for (const Json& parameter : *list.list())
            if (parameter.text_or("in") != "cookie") made.push_back(without_schema(parameter));
    return Json(std::move(made));
}

Json operation_of(const Json& root, const Json& operation) {
    if (operation.object() == nullptr) return operation;
    JsonObject made;
    Json produces, responses;
    JsonList parameters;
    if (const Json* const all = operation.find("parameters")) parameters = *parameters_of(*all).list();
    if (const Json* const described = operation.find("requestBody")) {
        const Json body = resolved(root, *described).value_or(*described);
        parameters.push_back(body_of(body));
        if (const Json* const content = body.find("content")) made.set("consumes", types_of(*content));
    }
    if (const Json* const all = operation.find("responses"))
        responses = changed_members(*all, [&](const std::string& name, const Json& response) {
            return name.starts_with("x-") ? response : response_of(response, produces);
        });
    if (!produces.is_null()) made.set("produces", produces);
    if (!parameters.empty()) made.set("parameters", Json(std::move(parameters)));
    for (const auto& [name, value] : operation.object()->members()) {
        if (is_any_of(name, {"parameters", "requestBody", "callbacks", "servers"})) continue;
        made.set(name, name == "responses" ? responses : value);
    }
    return Json(std::move(made));
}

void set_server(const Json& root, JsonObject& made) {
    const std::string stage = stage_of(root);
    std::string url;
    if (const Json* const servers = root.find("servers"))
        if (servers->list() != nullptr && !servers->list()->empty()) url = servers->list()->front().text_or("url");
    const size_t scheme = url.find("://");
    if (scheme != url.npos) {
        const std::string behind = url.substr(scheme + 3);
        made.set("host", Json(behind.substr(0, behind.find('/'))));
        made.set("schemes", Json(JsonList{Json(url.substr(0, scheme))}));
    }
    made.set("basePath", Json("/" + stage));
}

// Methods go on to name those that are left out: nobody is let in who was not before.
Json schemes_of(const Json& schemes) {
    if (schemes.object() == nullptr) return schemes;
    JsonObject made;
    for (const auto& [name, scheme] : schemes.object()->members())
        if (auto told = scheme_as_swagger2(scheme)) made.set(name, std::move(*told));
    return Json(std::move(made));
}

void set_components(const Json& components, JsonObject& made) {
    if (const Json* const schemas = components.find("schemas")) made.set("definitions", *schemas);
    if (const Json* const parameters = components.find("parameters"))
        made.set("parameters",
                 changed_members(*parameters, [](const auto&, const Json& p) { return without_schema(p); }));
    if (const Json* const responses = components.find("responses"))
        made.set("responses", changed_members(*responses, [](const auto&, const Json& response) {
                     Json produces;  // whose types the methods tell
                     return response_of(response, produces);
                 }));
    if (const Json* const schemes = components.find("securitySchemes"))
        made.set("securityDefinitions", schemes_of(*schemes));
}

}  // namespace

Json as_swagger2(const Json& root) {
    JsonObject made;
    made.set("swagger", Json("2.0"));
    copy_member(root, "info", made);
    set_server(root, made);
    for (const char* name : {"tags", "security", "externalDocs"}) copy_member(root, name, made);
    made.set("paths", changed_members(*root.find("paths"), [&](const auto&, const Json& path) {
                 return changed_members(path, [&](const std::string& name, const Json& value) {
                     return is_method(name)        ? operation_of(root, value)
                            : name == "parameters" ? parameters_of(value)
                                                   : value;
                 });
             }));
    if (const Json* const components = root.find("components")) set_components(*components, made);
    copy_extensions(root, made);
    if (const Json* const components = root.find("components")) copy_extensions(*components, made);
    return with_references(Json(std::move(made)), renamed);
}

std::string stage_of(const Json& root) {
    const Json* const servers = root.find("servers");
    if (servers == nullptr || servers->list() == nullptr || servers->list()->empty()) return "";
    const Json& server = servers->list()->front();
    std::string path = server.text_or("url");
    if (const size_t scheme = path.find("://"); scheme != path.npos)
        path.erase(0, std::min(path.find('/', scheme + 3), path.size()));
    const Json* const variables = server.find("variables");
    const Json* const base = variables == nullptr ? nullptr : variables->find("basePath");
    if (base != nullptr) path = base->text_or("default");
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    return path.substr(0, path.find('/'));
}

Json at_stage(const Json& root, const std::string& stage) {
    std::string url;
    if (const Json* const servers = root.find("servers"))
        if (servers->list() != nullptr && !servers->list()->empty()) url = servers->list()->front().text_or("url");
    const size_t scheme = url.find("://");
    url = scheme == url.npos ? "" : url.substr(0, url.find('/', scheme + 3));
    JsonObject base, variables, server;
    base.set("default", Json("/" + stage));
    variables.set("basePath", Json(std::move(base)));
    server.set("url", Json(url + "/{basePath}"));
    server.set("variables", Json(std::move(variables)));
    JsonObject made;
    // In the place where people look for it.
    for (const auto& [name, value] : root.object()->members()) {
        if (name == "servers") continue;
        made.set(name, value);
        if (name == "info") made.set("servers", Json(JsonList{Json(server)}));
    }
    return Json(std::move(made));
}

}  // namespace pinflow::openapi
