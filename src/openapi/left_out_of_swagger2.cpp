// What OpenAPI 3.0 says and to_swagger2.cpp has no words for in Swagger 2.0.
#include "openapi/api.h"
#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/security_schemes.h"
#include "openapi/versions.h"

namespace pinflow::openapi {
namespace {

void each_member(const Json* whole, const std::string& place, auto visit) {
    if (whole == nullptr || whole->object() == nullptr) return;
    for (const auto& [name, it] : whole->object()->members()) visit(name, it, pointer(place, name));
}

class LeftOutOfSwagger2 {
  public:
    explicit LeftOutOfSwagger2(const Json& root) : root_(root) {}
    std::vector<Finding> found() {
        each_member(root_.find("paths"), "/paths", [&](const auto&, const Json& path, const std::string& at) {
            parameters(path.find("parameters"), pointer(at, "parameters"));
            each_member(&path, at, [&](const std::string& name, const Json& operation, const std::string& place) {
                if (is_method(name)) method(operation, place);
            });
        });
        each_member(root_.find("components"), "/components",
                    [&](const std::string& name, const Json& all, const std::string& at) { component(name, all, at); });
        return std::move(found_);
    }

  private:
    void method(const Json& operation, const std::string& place) {
        for (const char* name : {"callbacks", "servers"})
            if (operation.find(name) != nullptr) add(pointer(place, name), std::string(name) + " of a method");
        parameters(operation.find("parameters"), pointer(place, "parameters"));
        if (const Json* const described = operation.find("requestBody")) {
            const Json body = resolved(root_, *described).value_or(*described);
            schemas(body.find("content"), pointer(pointer(place, "requestBody"), "content"));
        }
        each_member(operation.find("responses"), pointer(place, "responses"),
                    [&](const auto&, const Json& it, const std::string& at) { response(it, at); });
    }
    void parameters(const Json* all, const std::string& place) {
        if (all == nullptr || all->list() == nullptr) return;
        size_t number = 0;
        for (const Json& it : *all->list()) {
            if (it.text_or("in") == "cookie")
                add(pointer(place, std::to_string(number)), "the cookie " + it.text_or("name"));
            ++number;
        }
    }
    void response(const Json& it, const std::string& place) {
        if (it.find("links") != nullptr) add(pointer(place, "links"), "links of an answer");
        schemas(it.find("content"), pointer(place, "content"));
    }
    // Swagger 2.0 has one a body.
    void schemas(const Json* content, const std::string& place) {
        const Json* first = nullptr;
        each_member(content, place, [&](const std::string& type, const Json& entry, const std::string& at) {
            for (const char* name : {"example", "examples", "encoding"})
                if (entry.find(name) != nullptr) add(pointer(at, name), std::string(name) + " of a body");
            const Json* const schema = entry.find("schema");
            if (first == nullptr)
                first = &entry;
            else if (schema != nullptr && (first->find("schema") == nullptr || *schema != *first->find("schema")))
                add(pointer(at, "schema"), "the schema for " + type);
        });
    }
    void component(const std::string& kind, const Json& all, const std::string& place) {
        const auto visit = [&](const std::string& name, const Json& it, const std::string& at) {
            if (kind == "responses") return response(it, at);
            if (kind == "parameters" && it.text_or("in") == "cookie") add(at, "the cookie " + it.text_or("name"));
            if (kind == "securitySchemes") scheme(name, it, at);
        };
        if (is_any_of(kind, {"responses", "parameters", "securitySchemes"}))
            each_member(&all, place, visit);
        else if (!is_any_of(kind, {"schemas", "requestBodies"}) && !kind.starts_with("x-"))
            add(place, kind + " that methods share");
    }
    void scheme(const std::string& name, const Json& it, const std::string& place) {
        if (!scheme_as_swagger2(it))
            return add(place, "the security scheme " + name + ", " + it.text_or("type") + " " +
                                  it.text_or(it.text_or("type") == "apiKey" ? "in" : "scheme"));
        for (const std::string& flow : flows_left_out(it))
            add(pointer(place, "flows") + "/" + flow, "the flow " + flow + " of the security scheme " + name);
    }
    void add(std::string place, std::string what) {
        found_.push_back({.place = std::move(place),
                          .what = std::move(what),
                          .instead = "it is left out, for Swagger 2.0 has no words for it"});
    }

    const Json& root_;
    std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> left_out_of_swagger2(const Json& openapi3) {
    return LeftOutOfSwagger2(openapi3).found();
}

}  // namespace pinflow::openapi
