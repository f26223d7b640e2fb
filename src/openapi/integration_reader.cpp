// x-amazon-apigateway-integration: what a method is served by, and what it is given.
#include "base/text.h"
#include "openapi/api_reader.h"
#include "openapi/built_in_api.h"
#include "openapi/members.h"
#include "openapi/places.h"
#include "openapi/sources.h"

namespace pinflow::openapi {
namespace {

constexpr int64_t least_timeout_ms = 50, most_timeout_ms = 300'000;

std::unexpected<Error> not_here(std::string what) {
    return std::unexpected(Error{Code::unsupported, std::move(what)});
}

// Whether it says the same as the request's own path: then nothing has to be put together.
bool is_plain(const Integration& made) {
    const auto is_from_path = [](const Assignment& each) {
        return each.source.kind == Source::Kind::request && each.source.place == vtl::Inputs::Place::path;
    };
    return made.proxy && made.method.empty() && made.query.empty() && made.headers.empty() &&
           std::ranges::all_of(made.path, is_from_path);
}

// What the built-in routes answer is passed on as it is.
bool puts_as_built_in(const Json& described, const Integration& made) {
    const Json* const templates = described.find("requestTemplates");
    if (made.kind != Integration::Kind::kinesis || made.templates.empty() || made.answers.size() != 1) return false;
    const AnswerRule& rule = made.answers.front();
    return rule.pattern == nullptr && rule.status == 200 && rule.headers.empty() && rule.templates.empty() &&
           made.conversion == Conversion::none && is_built_in_put(made.action, templates->text_or("application/json"));
}

}  // namespace

Result<Integration> ApiReader::integration(const Json& described, std::string_view method) {
    Integration made;
    const std::string type = to_lower(described.text_or("type"));
    if (const Json* const timeout = described.find("timeoutInMillis");
        timeout != nullptr && timeout->number() != nullptr)
        made.timeout_ms = std::clamp(parse_int(*timeout->number()).value_or(0), least_timeout_ms, most_timeout_ms);
    if (type == "http" || type == "http_proxy") {
        made.proxy = type == "http_proxy";
        PINFLOW_TRY(rest(described, made));
    } else if (type == "aws") {
        PINFLOW_TRY(kinesis(described, made));
    } else if (type == "mock") {
        made.kind = Integration::Kind::mock;
    } else if (type == "aws_proxy") {
        return not_here("aws_proxy (Lambda)");
    } else {
        return not_here(type.empty() ? "an integration without a type" : "an integration of the type " + type);
    }
    if (made.kind != Integration::Kind::mock) PINFLOW_TRY(request_parameters(described, made));
    if (!made.proxy) {
        PINFLOW_TRY(request_body(described, made));
        PINFLOW_TRY(answers(described, made));
    }
    made.built_in_put = puts_as_built_in(described, made);
    if (made.method == method) made.method.clear();
    made.direct = made.kind == Integration::Kind::rest && is_plain(made);
    return made;
}

Result<> ApiReader::rest(const Json& described, Integration& made) {
    made.kind = Integration::Kind::rest;
    const std::string method = described.text_or("httpMethod");
    if (!equals_ignoring_case(method, "ANY")) made.method = method;
    return uri(described.text_or("uri"), made);
}

// Host and port are those of the cloud; the path has to be one of the REST Proxy's.
Result<> ApiReader::uri(std::string text, Integration& made) const {
    const size_t scheme = text.find("://");
    const std::string shown = text;
    if (scheme == text.npos || !is_any_of(to_lower(text.substr(0, scheme)), {"http", "https"}))
        return not_here("the uri " + shown);
    text.erase(0, std::min(text.find('/', scheme + 3), text.size()));
    if (text.find_first_of("?#$") != text.npos) return not_here("a query or a stage variable in the uri " + shown);
    for (const std::string_view segment : split(text, '/')) {
        if (segment.empty()) continue;
        const bool parameter = segment.starts_with('{') && segment.ends_with('}');
        const auto literal = percent_decode(segment);
        if (!literal || (!parameter && segment.find_first_of("{}") != segment.npos))
            return not_here("the uri " + shown);
        made.uri.push_back({parameter, parameter ? std::string(segment.substr(1, segment.size() - 2)) : *literal});
    }
    if (made.uri.size() >= Match::most) return not_here("the long uri " + shown);
    if (made.uri.empty() || made.uri.front().is_parameter || known_.rest_resource(made.uri.front().text)) return {};
    return not_here(fmt::format("the uri {}: /{} is no resource of the REST Proxy", shown, made.uri.front().text));
}

Result<> ApiReader::kinesis(const Json& described, Integration& made) {
    const std::string uri = described.text_or("uri");
    const auto parts = split(uri, ':');
    // arn:aws:apigateway:REGION:kinesis:action/ACTION
    if (parts.size() < 6 || parts[2] != "apigateway") return not_here("the uri " + uri);
    if (parts[4] != "kinesis") return not_here(fmt::format("the service {}", parts[4]));
    constexpr std::string_view front = "action/";
    if (!parts[5].starts_with(front)) return not_here(fmt::format("the uri {}: only kinesis:action/… is served", uri));
    made.kind = Integration::Kind::kinesis;
    made.action = parts[5].substr(front.size());
    if (!known_.kinesis_action(made.action)) return not_here("the Kinesis action " + made.action);
    return {};
}

Result<> ApiReader::request_parameters(const Json& described, Integration& made) {
    const Json* const all = described.find("requestParameters");
    if (all == nullptr || all->object() == nullptr) return {};
    const At at(*this, "requestParameters");
    for (const auto& [name, value] : all->object()->members()) {
        const At inside(*this, name);
        wrong_at_ = place_;
        PINFLOW_ASSIGN(Source source, source_of_request(value.text() == nullptr ? "" : *value.text()));
        bool known = false;
        for (const auto& [front, into] : {std::pair{"integration.request.path.", &made.path},
                                          {"integration.request.querystring.", &made.query},
                                          {"integration.request.header.", &made.headers}}) {
            if (!name.starts_with(front)) continue;
            known = true;
            into->push_back({name.substr(std::string_view(front).size()), std::move(source)});
            break;
        }
        if (!known) return not_here("the parameter " + name);
    }
    if (made.kind != Integration::Kind::kinesis) return {};
    for (const Assignment& header : made.headers)
        if (!equals_ignoring_case(header.name, "Content-Type"))
            note(pointer(place_, "integration.request.header." + header.name), "a header for Kinesis",
                 "it has no effect");
    return {};
}

Result<> ApiReader::request_body(const Json& described, Integration& made) {
    PINFLOW_ASSIGN(made.templates, templates(described, "requestTemplates"));
    wrong_at_ = place_;
    const std::string behaviour = to_lower(described.text_or("passthroughBehavior", "when_no_match"));
    if (behaviour == "never")
        made.passthrough = Passthrough::never;
    else if (behaviour == "when_no_templates")
        made.passthrough = Passthrough::when_no_templates;
    else if (behaviour != "when_no_match")
        return not_here("the passthroughBehavior " + behaviour);
    const std::string handling = to_lower(described.text_or("contentHandling"));
    if (handling == "convert_to_text") made.conversion = Conversion::to_text;
    if (handling == "convert_to_binary") made.conversion = Conversion::to_binary;
    return {};
}

Result<std::vector<TemplateOf>> ApiReader::templates(const Json& described, std::string_view member) {
    std::vector<TemplateOf> made;
    const Json* const all = described.find(member);
    if (all == nullptr || all->object() == nullptr) return made;
    const At at(*this, member);
    for (const auto& [type, text] : all->object()->members()) {
        const At inside(*this, type);
        wrong_at_ = place_;
        // The service has an empty one where nothing is to be changed.
        auto parsed = vtl::Template::parse(text.text() == nullptr ? "" : *text.text());
        if (!parsed) return not_here("the template, " + parsed.error().message);
        made.push_back({type, std::move(*parsed)});
    }
    return made;
}

}  // namespace pinflow::openapi
