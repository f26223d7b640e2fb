// Who may call a method, and what a request must have.
#include "base/text.h"
#include "openapi/api_reader.h"
#include "openapi/members.h"
#include "openapi/places.h"

namespace pinflow::openapi {
namespace {

std::optional<vtl::Inputs::Place> place_of(std::string_view in) {
    if (in == "path") return vtl::Inputs::Place::path;
    if (in == "query") return vtl::Inputs::Place::query;
    if (in == "header") return vtl::Inputs::Place::header;
    return std::nullopt;
}

bool says(const Json* validator, std::string_view member) {
    const Json* const value = validator == nullptr ? nullptr : validator->find(member);
    return value != nullptr && value->boolean() != nullptr && *value->boolean();
}

}  // namespace

// Whatever else guards a method in the cloud cannot be checked here, and without it everybody would get in.
Result<bool> ApiReader::key_required(const Json& operation) const {
    const Json* const authentication = operation.find("x-amazon-apigateway-auth");
    if (authentication != nullptr && !equals_ignoring_case(authentication->text_or("type", "NONE"), "NONE"))
        return fail(Code::unsupported, "authentication by {}", authentication->text_or("type"));
    const Json* security = operation.find("security");
    if (security == nullptr) security = root_.find("security");
    if (security == nullptr || security->list() == nullptr) return false;
    bool required = false;
    for (const Json& requirement : *security->list()) {
        if (requirement.object() == nullptr) return fail(Code::unsupported, "security that is not understood");
        for (const auto& [scheme, scopes] : requirement.object()->members()) {
            PINFLOW_ASSIGN(const bool is_key, is_api_key(scheme));
            if (!is_key) return fail(Code::unsupported, "authorizer {}", scheme);
            required = true;
        }
    }
    return required;
}

Result<bool> ApiReader::is_api_key(const std::string& name) const {
    const Json* const components = root_.find("components");
    const Json* const schemes = components == nullptr ? nullptr : components->find("securitySchemes");
    const Json* const found = schemes == nullptr ? nullptr : schemes->find(name);
    if (found == nullptr) return false;
    PINFLOW_ASSIGN(const Json scheme, resolved(root_, *found));
    return scheme.text_or("type") == "apiKey" && scheme.text_or("in") == "header" &&
           equals_ignoring_case(scheme.text_or("name"), "x-api-key") &&
           scheme.find("x-amazon-apigateway-authtype") == nullptr &&
           scheme.find("x-amazon-apigateway-authorizer") == nullptr;
}

std::vector<RequiredParameter> ApiReader::required(const Json& item, const Json& operation) {
    constexpr const char* member = "x-amazon-apigateway-request-validator";
    const std::string name = operation.text_or(member, root_.text_or(member));
    const Json* const validators = root_.find("x-amazon-apigateway-request-validators");
    const Json* const validator = validators == nullptr || name.empty() ? nullptr : validators->find(name);
    if (says(validator, "validateRequestBody") && operation.find("requestBody") != nullptr)
        note(place_, "the body is not validated against its model", "it is passed on as it is");
    std::vector<RequiredParameter> made;
    if (!says(validator, "validateRequestParameters")) return made;
    for (const Json* const holder : {&item, &operation}) {
        const Json* const parameters = holder->find("parameters");
        if (parameters == nullptr || parameters->list() == nullptr) continue;
        for (const Json& each : *parameters->list()) {
            const auto parameter = resolved(root_, each);
            if (!parameter) note(pointer(place_, "parameters"), parameter.error().message, "it is not asked for");
            const auto place = parameter ? place_of(parameter->text_or("in")) : std::nullopt;
            if (place && says(&*parameter, "required")) made.push_back({*place, parameter->text_or("name")});
        }
    }
    return made;
}

}  // namespace pinflow::openapi
