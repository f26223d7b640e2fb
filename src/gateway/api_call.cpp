#include "gateway/api_call.h"

#include "base/base64.h"
#include "base/text.h"
#include "gateway/answers.h"
#include "net/query.h"
#include "openapi/headers.h"

namespace pinflow::gateway {
namespace {

using openapi::Integration;

constexpr size_t large_body_bytes = size_t{64} << 10;  // it is read into a tree on a worker
constexpr std::string_view json_type = "application/json";

std::string_view media_type(std::string_view content_type) {
    const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
    return type.empty() ? json_type : type;
}

net::Response internal_error() {
    return gateway_error(ResponseType::api_configuration_error, "Internal server error", 500);
}

}  // namespace

void ApiCall::start(net::Exchange& exchange, const Doors& doors, std::shared_ptr<const openapi::Api> api,
                    const openapi::Method& method, std::unique_ptr<CallInputs> inputs) {
    auto call = std::make_unique<ApiCall>(exchange, doors, std::move(api), method, std::move(inputs));
    ApiCall& it = *call;
    it.self_ = std::move(call);
    // The REST Proxy wants to be called on the event loop.
    const bool elsewhere = it.integration_.kind != Integration::Kind::rest && doors.workers != nullptr;
    if (elsewhere && exchange.request().body.size() > large_body_bytes)
        doors.workers->run([&it] { it.run(nullptr); });
    else
        it.run(&exchange);
}

void ApiCall::run(net::Exchange* turn) {
    if (!body_is_valid() || !make_body()) return;
    if (integration_.kind == Integration::Kind::kinesis) return to_kinesis(turn);
    if (integration_.kind == Integration::Kind::mock) return to_mock();
    to_rest();
}

void ApiCall::refuse(net::Response response) {
    const auto self = std::move(self_);
    doors_.refusals.reply(exchange_, std::move(response));
}

net::Response ApiCall::fault(const vtl::Fault& fault) const {
    return fault.body_is_no_json ? not_json(fault.message) : internal_error();
}

// Against the model of its content type, where there is one.
bool ApiCall::body_is_valid() {
    const net::Request& request = inputs_->request();
    const auto* const model = openapi::model_of(method_.models, media_type(request.header("Content-Type")));
    if (model == nullptr) return true;
    const auto tree = parse_json_tree(request.body, vtl::body_limits);
    const auto fault = tree ? openapi::fault_of(*tree, api_->schemas(), model->schema)
                            : std::optional<std::string>("[Unknown error parsing request body]");
    if (fault) refuse(gateway_error(ResponseType::bad_request_body, "Invalid request body", 0, *fault));
    return !fault;
}

bool ApiCall::make_body() {
    const net::Request& request = inputs_->request();
    const std::string_view type = media_type(request.header("Content-Type"));
    const bool binary = api_->is_binary(type);
    body_ = request.body;
    if (integration_.conversion == openapi::Conversion::to_text && binary) body_ = base64_encode(request.body);
    if (integration_.conversion == openapi::Conversion::to_binary && !binary) {
        auto decoded = base64_decode(request.body);
        if (!decoded) {
            refuse(internal_error());
            return false;
        }
        body_ = std::move(*decoded);
    }
    inputs_->set_body(body_);
    if (integration_.proxy) return true;
    const auto* const text = openapi::template_of(integration_.templates, type);
    const bool passes =
        integration_.passthrough == openapi::Passthrough::when_no_match ||
        (integration_.passthrough == openapi::Passthrough::when_no_templates && integration_.templates.empty());
    if (text == nullptr && !passes) refuse(gateway_error(ResponseType::unsupported_media_type));
    if (text == nullptr) return passes;
    auto made = text->evaluate(*inputs_);
    if (!made) {
        refuse(fault(made.error()));
        return false;
    }
    body_ = std::move(*made);
    inputs_->set_body(body_);
    return true;
}

// ---- integrations

void ApiCall::to_mock() {
    int64_t status = 0;
    if (const auto tree = parse_json_tree(body_, {})) {
        const Json* const code = tree->find("statusCode");
        const std::string* const digits = code == nullptr             ? nullptr
                                          : code->number() != nullptr ? code->number()
                                                                      : code->text();
        status = digits == nullptr ? 0 : parse_int(*digits).value_or(0);
    }
    if (status < 100 || status > 599) return refuse(internal_error());
    finish({.status = static_cast<int>(status), .content_type = json_type, .body = ""});
}

void ApiCall::to_kinesis(net::Exchange* turn) {
    doors_.kinesis.act(
        integration_.action, {kinesis::Format::json, turn}, body_.empty() ? "{}" : std::string_view(body_),
        [this](kinesis::ActionResult<kinesis::Written> result) {
            net::Response response = answer(std::move(result));
            finish({response.status, response.content_type, std::move(response.body), {}, std::move(response.held)});
        });
}

void ApiCall::to_rest() {
    map_request();
    RestPath path;
    for (const openapi::UriSegment& segment : integration_.uri) {
        if (!segment.is_parameter) {
            path.segments[path.count++] = segment.text;
            continue;
        }
        const auto mapped = std::ranges::find(integration_.path, segment.text, &openapi::Assignment::name);
        texts_.push_back(mapped == integration_.path.end() ? inputs_->path_parameter(segment.text)
                                                           : inputs_->text_of(mapped->source));
        for (const std::string_view part : split(texts_.back(), '/'))
            if (!part.empty() && path.count < path.segments.size()) path.segments[path.count++] = part;
    }
    doors_.rest.handle(*this, path.span());
}

// Headers and the query go on as they came, but for those that are set.
void ApiCall::map_request() {
    const net::Request& request = inputs_->request();
    mapped_ = request;
    texts_.reserve(2 * integration_.uri.size() + integration_.headers.size() + 1);
    if (!integration_.method.empty()) mapped_.method = integration_.method;
    for (const net::Header& header : request.headers) {
        const auto is_it = [&](const auto& each) { return equals_ignoring_case(each.name, header.name); };
        if (std::ranges::none_of(integration_.headers, is_it)) headers_.push_back(header);
    }
    for (const auto& [name, source] : integration_.headers) {
        texts_.push_back(inputs_->text_of(source));
        if (!texts_.back().empty()) headers_.push_back({name, texts_.back()});
    }
    mapped_.headers = headers_;
    map_query();
    mapped_.query = query_;
    mapped_.body = body_;
}

void ApiCall::map_query() {
    const auto add = [this](std::string_view name, std::string_view encoded_value) {
        query_ += (query_.empty() ? "" : "&") + percent_encode(name) + "=" + std::string(encoded_value);
    };
    std::string_view came = integration_.proxy ? inputs_->request().query : std::string_view();
    while (const auto parameter = net::next_query_parameter(came))
        if (std::ranges::find(integration_.query, parameter->name, &openapi::Assignment::name) ==
            integration_.query.end())
            add(parameter->name, parameter->encoded_value);
    for (const auto& [name, source] : integration_.query) {
        const std::string value = inputs_->text_of(source);
        if (!value.empty()) add(name, percent_encode(value));
    }
}

void ApiCall::reply(net::Response response) {
    if (integration_.proxy) {
        const auto self = std::move(self_);
        return exchange_.reply(std::move(response));
    }
    finish({response.status, response.content_type, std::move(response.body), std::move(response.headers),
            std::move(response.held)});
}

// ---- answers

const openapi::AnswerRule* ApiCall::rule_for(int status) const {
    const std::string text = std::to_string(status);
    for (const openapi::AnswerRule& rule : integration_.answers)
        if (rule.pattern == nullptr || RE2::FullMatch(text, *rule.pattern)) return &rule;
    return nullptr;
}

// A template may take long; whoever brings an answer of a door must not wait for it.
void ApiCall::finish(Given given) {
    const openapi::AnswerRule* const rule = rule_for(given.status);
    const bool slow = rule != nullptr && !rule->templates.empty() && integration_.kind != Integration::Kind::mock;
    auto give = [this, given = std::move(given)]() mutable {
        const auto self = std::move(self_);
        net::Response response = answered(std::move(given));
        doors_.refusals.reply(exchange_, std::move(response));
    };
    if (slow && doors_.workers != nullptr)
        doors_.workers->run(std::move(give));
    else
        give();
}

net::Response ApiCall::answered(Given given) const {
    const openapi::AnswerRule* const rule = rule_for(given.status);
    if (rule == nullptr) return internal_error();
    // What was refused must not look like what was stored, unless that is wanted.
    const bool keeps_fault = rule->pattern == nullptr && given.status >= 400 && !api_->faults_are_mapped();
    net::Response made{.status = keeps_fault ? given.status : rule->status, .content_type = given.content_type};
    if (made.content_type.empty()) made.content_type = json_type;
    inputs_->set_body(given.body);
    for (const auto& [name, source] : rule->headers) {
        std::string value = text_of(source, given);
        if (!openapi::may_be_header(name, value) || value.empty()) continue;
        if (equals_ignoring_case(name, "Content-Type")) made.content_type = "";
        made.headers.emplace_back(name, std::move(value));
    }
    if (rule->templates.empty()) {
        made.body = std::move(given.body);
        made.held = std::move(given.held);
        return made;
    }
    const auto* text = openapi::template_of(rule->templates, media_type(given.content_type));
    const std::string& type = text == nullptr ? rule->templates.front().type : "";
    if (text == nullptr) text = &rule->templates.front().text;
    auto body = text->evaluate(*inputs_);
    if (!body) return internal_error();
    made.body = std::move(*body);
    if (!type.empty() && !made.content_type.empty() && openapi::may_be_header("Content-Type", type)) {
        made.content_type = "";
        made.headers.emplace_back("Content-Type", type);
    }
    return made;
}

std::string ApiCall::text_of(const openapi::Source& source, const Given& given) const {
    if (source.kind != openapi::Source::Kind::answer_header) return inputs_->text_of(source);
    if (equals_ignoring_case(source.name, "Content-Type")) return std::string(given.content_type);
    for (const auto& [name, value] : given.headers)
        if (equals_ignoring_case(name, source.name)) return value;
    return "";
}

}  // namespace pinflow::gateway
