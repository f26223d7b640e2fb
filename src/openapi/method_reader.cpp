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

bool says(const Json& whole, std::string_view member) {
    const Json* const value = whole.find(member);
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

// What the validator of a method, or that of the whole API, says.
void ApiReader::checks(const Json& item, const Json& operation, Method& made) {
    constexpr const char* member = "x-amazon-apigateway-request-validator";
    const std::string name = operation.text_or(member, root_.text_or(member));
    if (name.empty()) return;
    const Json* const validators = root_.find("x-amazon-apigateway-request-validators");
    const Json* const validator = validators == nullptr ? nullptr : validators->find(name);
    if (validator == nullptr) return note(place_, "there is no request validator " + name, "nothing is validated");
    if (says(*validator, "validateRequestParameters")) made.required = required(item, operation);
    if (says(*validator, "validateRequestBody")) made.models = models(operation);
}

// Those of the method go before those of its path.
std::vector<RequiredParameter> ApiReader::required(const Json& item, const Json& operation) {
    std::vector<RequiredParameter> all, made;
    std::vector<bool> wanted;
    for (const Json* const holder : {&item, &operation}) {
        const Json* const parameters = holder->find("parameters");
        if (parameters == nullptr || parameters->list() == nullptr) continue;
        for (const Json& each : *parameters->list()) {
            const auto parameter = resolved(root_, each);
            if (!parameter) note(pointer(place_, "parameters"), parameter.error().message, "it is not asked for");
            const auto place = parameter ? place_of(parameter->text_or("in")) : std::nullopt;
            if (!place) continue;
            RequiredParameter one{*place, parameter->text_or("name")};
            const auto before = static_cast<size_t>(std::ranges::find(all, one) - all.begin());
            if (before == all.size()) all.push_back(std::move(one));
            wanted.resize(all.size());
            wanted[before] = says(*parameter, "required");
        }
    }
    for (size_t i = 0; i < all.size(); ++i)
        if (wanted[i]) made.push_back(std::move(all[i]));
    return made;
}

std::vector<BodyModel> ApiReader::models(const Json& operation) {
    std::vector<BodyModel> made;
    const Json* const described = operation.find("requestBody");
    if (described == nullptr) return made;
    const At at(*this, "requestBody");
    constexpr const char* instead = "the body is passed on as it is";
    const auto body = resolved(root_, *described);
    if (!body) note(place_, body.error().message, instead);
    const std::string reference = described->text_or("$ref"), place = reference.empty() ? place_ : reference.substr(1);
    const Json* const content = body ? body->find("content") : nullptr;
    if (content == nullptr || content->object() == nullptr) return made;
    const At inside(*this, "content");
    for (const auto& [type, entry] : content->object()->members()) {
        const Json* const schema = entry.find("schema");
        if (schema == nullptr) continue;
        const At of_type(*this, type);
        const auto number = schemas_.read(*schema, pointer(pointer(pointer(place, "content"), type), "schema"));
        if (number)
            made.push_back({type, *number});
        else
            note(place_, "the model cannot be validated by: " + number.error().message, instead);
    }
    return made;
}

}  // namespace pinflow::openapi
