#include "gateway/api_calls.h"

#include "base/text.h"
#include "gateway/answers.h"
#include "kinesis/actions.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view unserved = "gateway.unserved", mock = "gateway.mock";  // what /metrics counts it as

std::string missing_parameters(const openapi::Method& method, const CallInputs& inputs) {
    std::string missing;
    for (const auto& [place, name] : method.required)
        if (trim(inputs.parameter(place, name).value_or("")).empty()) missing += (missing.empty() ? "" : ", ") + name;
    return missing;
}

std::string_view operation_of(const openapi::Integration& integration) {
    const kinesis::Action* const action = kinesis::find_action(integration.action);
    return action == nullptr ? mock : action->name;
}

}  // namespace

std::optional<ApiTarget> ApiCalls::find(const Rules* rules, const Path& path, const net::Request& request) {
    const auto* const api = rules == nullptr ? nullptr : rules->api(path.stage());
    if (api == nullptr) return std::nullopt;
    ApiTarget target{.api = *api};
    if (path.broken() || path.too_long()) return target;
    target.match = (*api)->match(path.staged() ? path.segments() : std::span<const std::string_view>());
    if (target.match) target.method = target.match->resource->method(request.method);
    return target;
}

std::optional<RestPath> ApiCalls::direct_path(const ApiTarget& target) {
    if (target.method == nullptr || !target.method->unserved.empty() || !target.method->integration.direct)
        return std::nullopt;
    const openapi::Integration& integration = target.method->integration;
    const auto& names = target.match->resource->names;
    RestPath path;
    for (const openapi::UriSegment& segment : integration.uri) {
        if (!segment.is_parameter) {
            path.segments[path.count++] = segment.text;
            continue;
        }
        // A parameter that requestParameters leave out has the name of the path's.
        const auto mapped = std::ranges::find(integration.path, segment.text, &openapi::Assignment::name);
        const std::string& source = mapped == integration.path.end() ? segment.text : mapped->source.name;
        const auto place = static_cast<size_t>(std::ranges::find(names, source) - names.begin());
        if (place >= target.match->count) continue;
        for (const std::string_view value : target.match->values[place])
            if (path.count < path.segments.size()) path.segments[path.count++] = value;
    }
    return path;
}

std::optional<RestPath> ApiCalls::unchecked_path(const ApiTarget& target) {
    return target.method == nullptr || target.method->checks() ? std::nullopt : direct_path(target);
}

// The tutorial's templates do what the built-in routes do without a tree and a second reading.
bool ApiCalls::put_as_built_in(net::Exchange& exchange, const ApiTarget& target) const {
    const std::string_view type = exchange.request().header("Content-Type");
    const bool is_json = type.empty() || equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
    const auto& names = target.match->resource->names;
    const auto place = static_cast<size_t>(std::ranges::find(names, "stream-name") - names.begin());
    if (!is_json || place >= target.match->count || target.match->values[place].size() != 1) return false;
    if (target.api->faults_are_mapped()) return false;
    streams_.put(exchange, target.match->values[place].front(), target.method->integration.action == "PutRecords");
    return true;
}

void ApiCalls::handle(net::Exchange& exchange, const Path& path, const ApiTarget& target, const Rules& rules,
                      Admitted admitted) const {
    const Refusals& refusals = doors_.refusals;
    const openapi::Method* const method = target.method;
    if (method == nullptr) return refusals.reply(exchange, missing_token());
    if (!method->unserved.empty()) {
        exchange.count_as(unserved);
        const std::string text = "This method was imported but cannot be served: " + method->unserved;
        return refusals.reply(exchange, gateway_error(ResponseType::api_configuration_error, text, 501));
    }
    const openapi::Integration& integration = method->integration;
    int64_t timeout_ms = admitted.timeout_ms;
    if (integration.timeout_ms > 0 && (timeout_ms == 0 || integration.timeout_ms < timeout_ms))
        timeout_ms = integration.timeout_ms;
    if (timeout_ms > 0) exchange.answer_within(std::chrono::milliseconds(timeout_ms));
    if (const auto direct = unchecked_path(target)) return rest_.handle(exchange, direct->span());
    if (!method->checks() && integration.built_in_put && put_as_built_in(exchange, target)) return;
    auto inputs = std::make_unique<CallInputs>(exchange.request(), std::string(path.stage()),
                                               target.match->resource->path, path_parameters(*target.match),
                                               rules.stage_variables(path.stage()), admitted.wall_ms);
    if (const std::string missing = missing_parameters(*method, *inputs); !missing.empty()) {
        const std::string text = "Missing required request parameters: [" + missing + "]";
        return refusals.reply(exchange, gateway_error(ResponseType::bad_request_parameters, text, 0, text));
    }
    if (const auto direct = method->models.empty() ? direct_path(target) : std::nullopt)
        return rest_.handle(exchange, direct->span());
    if (integration.kind != openapi::Integration::Kind::rest) exchange.count_as(operation_of(integration));
    ApiCall::start(exchange, doors_, target.api, *method, std::move(inputs));
}

}  // namespace pinflow::gateway
