#include "base/json_writer.h"
#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/security_schemes.h"
#include "openapi/versions.h"

namespace pinflow::openapi {
namespace {

constexpr std::initializer_list<Renamed> renamed = {{"#/definitions/", "#/components/schemas/"},
                                                    {"#/parameters/", "#/components/parameters/"},
                                                    {"#/responses/", "#/components/responses/"}};

// Of a parameter or header: what says what values it has.
Json schema_inside(const Json& parameter) {
    JsonObject schema;
    for (const auto& [name, value] : parameter.object()->members())
        if (!is_any_of(name, {"name", "in", "description", "required", "collectionFormat", "allowEmptyValue"}) &&
            !name.starts_with("x-"))
            schema.set(name, value);
    if (schema.size() == 0) schema.set("type", Json("string"));
    return Json(std::move(schema));
}

Json parameter_of(const Json& parameter) {
    if (parameter.object() == nullptr || parameter.find("$ref") != nullptr) return parameter;
    JsonObject made;
    for (const char* name : {"name", "in", "description", "required", "allowEmptyValue"})
        copy_member(parameter, name, made);
    made.set("schema", schema_inside(parameter));
    copy_extensions(parameter, made);
    return Json(std::move(made));
}

Json header_of(const Json& header) {
    if (header.object() == nullptr) return header;
    JsonObject made;
    copy_member(header, "description", made);
    made.set("schema", schema_inside(header));
    return Json(std::move(made));
}

Json content_of(const Json& schema, const Json& types) {
    JsonObject content, inside;
    inside.set("schema", schema);
    const Json entry(std::move(inside));
    if (types.list() != nullptr)
        for (const Json& type : *types.list())
            if (type.text() != nullptr) content.set(*type.text(), entry);
    if (content.size() == 0) content.set("application/json", entry);
    return Json(std::move(content));
}

Json response_of(const Json& response, const std::string& name, const Json& produces) {
    if (response.object() == nullptr || response.find("$ref") != nullptr) return response;
    JsonObject made;
    made.set("description", Json(response.text_or("description", name + " response")));
    if (const Json* const headers = response.find("headers"))
        made.set("headers", changed_members(*headers, [](const auto&, const Json& h) { return header_of(h); }));
    if (const Json* const schema = response.find("schema")) made.set("content", content_of(*schema, produces));
    copy_extensions(response, made);
    return Json(std::move(made));
}

bool is_in_body(const Json& parameter) {
    return is_any_of(parameter.text_or("in"), {"body", "formData"});
}

class Operation {
  public:
    Operation(const Json& root, const Json& operation) : root_(root), operation_(operation) {
        consumes_ = types(root, "consumes");
        produces_ = types(root, "produces");
    }

    Json made() {
        if (operation_.object() == nullptr) return operation_;
        JsonObject out;
        for (const auto& [name, value] : operation_.object()->members()) {
            if (is_any_of(name, {"consumes", "produces", "schemes"})) continue;
            if (name == "parameters")
                parameters(value, out);
            else
                out.set(name, name == "responses" ? responses(value) : value);
        }
        return Json(std::move(out));
    }

  private:
    Json types(const Json& root, std::string_view name) const {
        const Json* const own = operation_.find(name);
        const Json* const general = root.find(name);
        return own != nullptr ? *own : general != nullptr ? *general : Json();
    }
    void parameters(const Json& list, JsonObject& out) const {
        if (list.list() == nullptr) return;
        JsonList kept;
        for (const Json& parameter : *list.list()) {
            const Json whole = resolved(root_, parameter).value_or(parameter);
            if (whole.text_or("in") == "body")
                out.set("requestBody", request_body(whole));
            else if (!is_in_body(whole))
                kept.push_back(parameter_of(parameter));
        }
        if (!kept.empty()) out.set("parameters", Json(std::move(kept)));
    }
    Json request_body(const Json& parameter) const {
        JsonObject body;
        copy_member(parameter, "description", body);
        const Json* const schema = parameter.find("schema");
        body.set("content", content_of(schema == nullptr ? Json(JsonObject()) : *schema, consumes_));
        copy_member(parameter, "required", body);
        return Json(std::move(body));
    }
    Json responses(const Json& all) const {
        return changed_members(all, [&](const std::string& name, const Json& response) {
            return name.starts_with("x-") ? response : response_of(response, name, produces_);
        });
    }

    const Json& root_;
    const Json& operation_;
    Json consumes_, produces_;
};

Json servers_of(const Json& root) {
    std::string host = root.text_or("host"), base = root.text_or("basePath", "/");
    const Json* const schemes = root.find("schemes");
    const bool plain = schemes != nullptr && schemes->list() != nullptr && !schemes->list()->empty() &&
                       schemes->list()->front() == Json("http");
    JsonObject base_path, variables, server;
    base_path.set("default", Json(base));
    variables.set("basePath", Json(std::move(base_path)));
    server.set("url", Json(host.empty() ? "/{basePath}" : (plain ? "http://" : "https://") + host + "/{basePath}"));
    server.set("variables", Json(std::move(variables)));
    return Json(JsonList{Json(std::move(server))});
}

Json path_of(const Json& root, const Json& path) {
    return changed_members(path, [&](const std::string& name, const Json& value) {
        if (is_method(name)) return Operation(root, value).made();
        if (name != "parameters" || value.list() == nullptr) return value;
        JsonList parameters;
        for (const Json& parameter : *value.list())
            if (!is_in_body(resolved(root, parameter).value_or(parameter)))
                parameters.push_back(parameter_of(parameter));
        return Json(std::move(parameters));
    });
}

Json components_of(const Json& root) {
    JsonObject made;
    copy_member(root, "definitions", made);
    if (const Json* const schemas = made.find("definitions")) {
        made.set("schemas", *schemas);
        made.erase("definitions");
    }
    if (const Json* const all = root.find("parameters"); all != nullptr && all->object() != nullptr) {
        JsonObject parameters;
        for (const auto& [name, parameter] : all->object()->members())
            if (!is_in_body(parameter)) parameters.set(name, parameter_of(parameter));
        made.set("parameters", Json(std::move(parameters)));
    }
    if (const Json* const responses = root.find("responses")) {
        const Json* const produces = root.find("produces");
        made.set("responses", changed_members(*responses, [&](const std::string& name, const Json& response) {
                     return response_of(response, name, produces == nullptr ? Json() : *produces);
                 }));
    }
    if (const Json* const schemes = root.find("securityDefinitions"))
        made.set("securitySchemes",
                 changed_members(*schemes, [](const auto&, const Json& s) { return scheme_as_openapi3(s); }));
    return Json(std::move(made));
}

Result<Json> from_swagger2(const Json& root) {
    JsonObject made;
    made.set("openapi", Json("3.0.1"));
    copy_member(root, "info", made);
    made.set("servers", servers_of(root));
    for (const char* name : {"tags", "security", "externalDocs"}) copy_member(root, name, made);
    made.set("paths",
             changed_members(*root.find("paths"), [&](const auto&, const Json& p) { return path_of(root, p); }));
    made.set("components", components_of(root));
    copy_extensions(root, made);
    return with_references(Json(std::move(made)), renamed);
}

Result<> check_shape(const Json& root) {
    constexpr size_t most_resources = 300;
    const Json* const paths = root.find("paths");
    if (paths == nullptr || paths->object() == nullptr) return fail(Code::invalid, "/paths: there are none");
    if (paths->object()->size() > most_resources)
        return fail(Code::too_large, "/paths: {} resources, {} are taken", paths->object()->size(), most_resources);
    for (const auto& [path, item] : paths->object()->members())
        if (!path.starts_with("x-") && (!path.starts_with('/') || item.object() == nullptr))
            return fail(Code::invalid, "/paths: {} is no path with methods", json_string(path));
    return {};
}

}  // namespace

Result<Json> as_openapi3(const Json& root) {
    const std::string version = root.text_or("openapi"), swagger = root.text_or("swagger");
    if (!version.starts_with("3.0") && swagger != "2.0")
        return fail(Code::invalid,
                    "neither OpenAPI 3.0 (\"openapi\": \"3.0.1\") nor Swagger 2.0 (\"swagger\": \"2.0\")");
    PINFLOW_TRY(check_shape(root));
    Json made = root;
    if (swagger == "2.0") {
        PINFLOW_ASSIGN(made, from_swagger2(root));
    }
    if (made.find("info") != nullptr) return made;
    JsonObject info, with_info(*made.object());
    info.set("title", Json("imported"));
    info.set("version", Json("1"));
    with_info.set("info", Json(std::move(info)));
    return Json(std::move(with_info));
}

}  // namespace pinflow::openapi
