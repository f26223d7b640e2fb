// What Swagger 2.0 says and from_swagger2.cpp has no words for in OpenAPI 3.0.
#include "openapi/api.h"
#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/versions.h"

namespace pinflow::openapi {
namespace {

constexpr const char* is_left_out = "it is left out";

class LeftOut {
  public:
    explicit LeftOut(const Json& root) : root_(root) {}
    std::vector<Finding> found() {
        members(root_, "",
                {"swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions",
                 "parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs"});
        each(root_, "", "parameters", [&](const Json& it, const std::string& at) { parameter(it, at); });
        each(root_, "", "responses", [&](const Json& it, const std::string& at) { response(it, at); });
        each(root_, "", "paths", [&](const Json& path, const std::string& at) {
            list(path, at);
            for (const auto& [name, operation] : path.object()->members())
                if (is_method(name) && operation.object() != nullptr) method(operation, pointer(at, name));
        });
        return std::move(found_);
    }

  private:
    static void each(const Json& whole, const std::string& place, const char* member, auto visit) {
        const Json* const all = whole.find(member);
        if (all == nullptr || all->object() == nullptr) return;
        for (const auto& [name, it] : all->object()->members())
            if (it.object() != nullptr) visit(it, pointer(pointer(place, member), name));
    }
    void members(const Json& it, const std::string& place, std::initializer_list<std::string_view> known) {
        for (const auto& [name, value] : it.object()->members())
            if (!name.starts_with("x-") && !is_any_of(name, known)) add(pointer(place, name), "the member " + name);
    }
    void method(const Json& operation, const std::string& place) {
        list(operation, place);
        if (operation.find("schemes") != nullptr) add(pointer(place, "schemes"), "schemes of one method");
        each(operation, place, "responses", [&](const Json& it, const std::string& at) { response(it, at); });
    }
    void list(const Json& holder, const std::string& place) {
        const Json* const all = holder.find("parameters");
        if (all == nullptr || all->list() == nullptr) return;
        size_t number = 0;
        for (const Json& it : *all->list())
            parameter(it, pointer(pointer(place, "parameters"), std::to_string(number++)));
    }
    void parameter(const Json& it, const std::string& place) {
        if (it.text_or("in") == "formData") return add(place, "the form field " + it.text_or("name"));
        if (it.find("collectionFormat") != nullptr)
            add(pointer(place, "collectionFormat"), "how the parameter " + it.text_or("name") + " lists values");
    }
    void response(const Json& it, const std::string& place) {
        if (it.find("examples") != nullptr) add(pointer(place, "examples"), "examples of an answer");
    }
    void add(std::string place, std::string what) {
        found_.push_back({.place = std::move(place), .what = std::move(what), .instead = is_left_out});
    }

    const Json& root_;
    std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> left_out(const Json& document) {
    return document.text_or("swagger") == "2.0" ? LeftOut(document).found() : std::vector<Finding>();
}

}  // namespace pinflow::openapi
