#include "openapi/api_reader.h"

#include "base/text.h"
#include "openapi/headers.h"
#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/sources.h"

namespace pinflow::openapi {
namespace {

constexpr size_t most_findings = 10'000;

std::string method_name(std::string_view member) {
    if (member.starts_with("x-")) return "ANY";
    std::string name(member);
    for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
    return name;
}

// The parameters' names, from the front. An error if the path cannot be matched.
Result<> read_segments(Resource& resource) {
    size_t count = 0;
    for (const std::string_view segment : split(resource.path, '/')) {
        if (segment.empty()) continue;
        if (resource.greedy) return fail(Code::invalid, "behind {{name+}} nothing may follow");
        if (++count > Match::most - 1)
            return fail(Code::too_large, "a path has more than {} segments", Match::most - 1);
        if (segment.find_first_of("{}") == segment.npos) continue;
        const bool whole = segment.starts_with('{') && segment.ends_with('}') && segment.size() > 2 &&
                           segment.find_first_of("{}", 1) == segment.size() - 1;
        if (!whole) return fail(Code::invalid, "{{name}} is a segment of its own");
        resource.greedy = segment.ends_with("+}");
        resource.names.emplace_back(segment.substr(1, segment.size() - (resource.greedy ? 3 : 2)));
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const Api>> Api::read(Json openapi3, const Known& known) {
    auto api = std::make_shared<Api>();
    api->definition_ = std::move(openapi3);
    PINFLOW_TRY(ApiReader(*api, known).read());
    return api;
}

ApiReader::At::At(ApiReader& reader, std::string_view member) : reader_(reader), before_(reader.place_.size()) {
    reader.place_ = pointer(reader.place_, member);
}

void ApiReader::note(std::string place, std::string what, std::string instead) {
    if (api_.findings_.size() < most_findings)
        api_.findings_.push_back({false, std::move(place), std::move(what), std::move(instead)});
}

Result<> ApiReader::read() {
    const std::string faults = root_.text_or("x-pinflow-faults", "honest");
    if (!is_any_of(faults, {"honest", "mapped"}))
        return fail(Code::invalid, "/x-pinflow-faults: it is honest or mapped, not {}", faults);
    api_.faults_are_mapped_ = faults == "mapped";
    const Json* const binary = root_.find("x-amazon-apigateway-binary-media-types");
    if (binary != nullptr && binary->list() != nullptr)
        for (const Json& type : *binary->list())
            if (type.text() != nullptr) api_.binary_types_.push_back(*type.text());
    notes();
    gateway_responses();
    return paths();
}

void ApiReader::notes() {
    const auto tell = [&](const char* member, const char* what, const char* instead) {
        if (root_.find(member) != nullptr) note(pointer("", member), what, instead);
    };
    tell("x-amazon-apigateway-policy", "a resource policy", "it is not looked at: everybody may call");
    tell("x-amazon-apigateway-minimum-compression-size", "compression of answers", "answers are not compressed");
    if (equals_ignoring_case(root_.text_or("x-amazon-apigateway-api-key-source"), "AUTHORIZER"))
        note("/x-amazon-apigateway-api-key-source", "keys from an authorizer",
             "they are taken from the header x-api-key");
    const Json* const servers = root_.find("servers");
    if (servers != nullptr && servers->list() != nullptr && servers->list()->size() > 1)
        note("/servers", "servers behind the first", "they are ignored: the first names the stage");
}

Result<> ApiReader::paths() {
    const At at(*this, "paths");
    for (const auto& [name, item] : root_.find("paths")->object()->members()) {
        if (name.starts_with("x-")) continue;
        const At inside(*this, name);
        const auto whole = resolved(root_, item);
        if (!whole) return fail(Error(whole.error()).within(place_));
        PINFLOW_TRY(path(name, *whole));
    }
    return {};
}

Result<> ApiReader::path(const std::string& name, const Json& item) {
    Resource resource{.path = name};
    const auto good = read_segments(resource);
    if (!good) return fail(Error(good.error()).within(place_));
    if (item.object() == nullptr) return fail(Code::invalid, "{}: it is no path with methods", place_);
    for (const auto& [member, operation] : item.object()->members()) {
        if (!is_method(member)) continue;
        const At at(*this, member);
        if (operation.object() == nullptr) return fail(Code::invalid, "{}: it is no method", place_);
        resource.methods.push_back(method(member, name, item, operation));
    }
    if (!api_.add(std::move(resource))) return fail(Code::invalid, "{}: a path like it is there already", place_);
    return {};
}

Method ApiReader::method(std::string_view member, const std::string& path, const Json& item, const Json& operation) {
    constexpr std::string_view integration_member = "x-amazon-apigateway-integration";
    Method made{.name = method_name(member)};
    wrong_at_.clear();
    const auto outcome = [&]() -> Result<> {
        PINFLOW_ASSIGN(made.key_required, key_required(operation));
        checks(item, operation, made);
        const Json* const described = operation.find(integration_member);
        if (described == nullptr)
            return fail(Code::unsupported, "no integration; export with --parameters extensions=apigateway");
        const At at(*this, integration_member);
        wrong_at_ = place_;
        PINFLOW_ASSIGN(const Json whole, resolved(root_, *described));
        PINFLOW_ASSIGN(made.integration, integration(whole, made.name));
        return {};
    }();
    if (!outcome) {
        made.unserved = outcome.error().message;
        made.integration = {};
        api_.findings_.push_back({true, wrong_at_.empty() ? place_ : wrong_at_, made.unserved,
                                  fmt::format("{} {} answers 501", made.name, path)});
        return made;
    }
    const Integration& by = made.integration;
    if (by.kind == Integration::Kind::kinesis) made.served_by = "Kinesis " + by.action;
    if (by.kind == Integration::Kind::mock) made.served_by = "mock";
    if (by.kind != Integration::Kind::rest) return made;
    made.served_by = "REST Proxy ";
    for (const UriSegment& segment : by.uri)
        made.served_by += segment.is_parameter ? "/{" + segment.text + "}" : "/" + segment.text;
    return made;
}

// ---- the gateway's own answers

void ApiReader::gateway_responses() {
    const Json* const all = root_.find("x-amazon-apigateway-gateway-responses");
    if (all == nullptr || all->object() == nullptr) return;
    const At at(*this, "x-amazon-apigateway-gateway-responses");
    for (const auto& [type, response] : all->object()->members()) {
        const At inside(*this, type);
        if (known_.response_type(type))
            api_.gateway_responses_.push_back(gateway_response(type, response));
        else
            note(place_, "no type of answer that is known", "it is ignored");
    }
}

GatewayResponse ApiReader::gateway_response(const std::string& type, const Json& response) {
    GatewayResponse made{.type = type};
    const Json* const status = response.find("statusCode");
    const std::string* const digits = status == nullptr           ? nullptr
                                      : status->text() != nullptr ? status->text()
                                                                  : status->number();
    made.status = digits == nullptr ? 0 : static_cast<int>(parse_int(*digits).value_or(0));
    if (made.status < 200 || made.status > 599) made.status = 0;
    if (const Json* const headers = response.find("responseParameters");
        headers != nullptr && headers->object() != nullptr) {
        for (const auto& [name, value] : headers->object()->members()) {
            constexpr std::string_view front = "gatewayresponse.header.";
            auto source = source_of_request(value.text() == nullptr ? "" : *value.text());
            const bool known = source && source->kind != Source::Kind::body && name.starts_with(front);
            const std::string header = known ? name.substr(front.size()) : "";
            const std::string literal = known && source->kind == Source::Kind::literal ? source->name : "";
            if (equals_ignoring_case(header, "Access-Control-Allow-Origin") && literal == "*") continue;
            if (known && may_be_header(header, literal))
                made.headers.push_back({header, std::move(*source)});
            else
                note(pointer(pointer(place_, "responseParameters"), name),
                     "a header from what a gateway response does not know, or that every answer has of itself",
                     "it is left out");
        }
    }
    const Json* const templates = response.find("responseTemplates");
    if (templates != nullptr && templates->object() != nullptr && templates->object()->size() > 0) {
        made.body_template = templates->text_or("application/json");
        if (templates->object()->size() > 1 || made.body_template.empty())
            note(pointer(place_, "responseTemplates"), "templates of other types than application/json",
                 "they are ignored");
    }
    return made;
}

}  // namespace pinflow::openapi
