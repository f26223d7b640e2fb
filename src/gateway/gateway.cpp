#include "gateway/gateway.h"

#include "gateway/answers.h"
#include "gateway/path.h"
#include "kinesis/native.h"
#include "net/stream.h"
#include "rest/answers.h"

namespace pinflow::gateway {
namespace {

constexpr std::string_view refused = "gateway.refused";  // what /metrics counts it as

// Whether the gateway, and not the REST Proxy alone, answers: its request ids and error bodies show it.
bool through_gateway(const Path& path) {
    return path.staged() || path.resource() == Resource::streams;
}

net::Response bad_path(const Path& path) {
    constexpr std::string_view message = "The path has a '%' without two hexadecimal digits behind it.";
    if (through_gateway(path)) return gateway_error(ResponseType::bad_request_parameters, message);
    return rest::answer(rest::Refusal{400, 400, std::string(message)});
}

}  // namespace

void Gateway::handle(net::Exchange& exchange) {
    const Path path(exchange.request().path);
    if (const Rules* const rules = rules_now(); rules != nullptr)
        if (const auto target = ApiCalls::find(rules, path, exchange.request()))
            return handle_imported(exchange, path, *target, *rules);
    if (exchange.request().method == "OPTIONS") {
        exchange.count_as("preflight");
        return exchange.reply(preflight());
    }
    const Rules::Admission admission = admit(path, exchange.request());
    if (admission.refused) {
        exchange.count_as(refused);
        return refusals_.reply(exchange, gateway_error(*admission.refused));
    }
    if (admission.timeout_ms > 0) exchange.answer_within(std::chrono::milliseconds(admission.timeout_ms));
    if (path.broken()) return refusals_.reply(exchange, bad_path(path));
    if (kinesis::is_native(exchange.request())) return kinesis::handle_native(kinesis_, exchange);
    const auto segments = path.segments();
    switch (path.resource()) {
        case Resource::streams:
            return streams_.handle(exchange, segments.subspan(1));
        case Resource::rest:
            return rest_.handle(exchange, segments);
        case Resource::unknown: {
            const Rules* const rules = rules_now();
            const bool behind_stage = path.staged() || (rules != nullptr && rules->has_stage(path.stage()));
            return refusals_.reply(exchange, behind_stage ? missing_token() : rest::plain_error(404));
        }
    }
}

void Gateway::handle_imported(net::Exchange& exchange, const Path& path, const ApiTarget& target, const Rules& rules) {
    const openapi::Method* const method = target.method;
    if (exchange.request().method == "OPTIONS" && (method == nullptr || method->name != "OPTIONS")) {
        exchange.count_as("preflight");
        return exchange.reply(preflight());
    }
    const auto admission = admit(path, target, rules, exchange.request());
    if (admission.refused) {
        exchange.count_as(refused);
        return refusals_.reply(exchange, gateway_error(*admission.refused));
    }
    if (path.broken()) return refusals_.reply(exchange, bad_path(path));
    api_calls_.handle(exchange, path, target, rules, {admission.timeout_ms, store_->clock().wall_ms()});
}

// Where there are stages only they are served: what comes without one would go around every key.
Rules::Admission Gateway::admit(const Path& path, const net::Request& request) const {
    const Rules* const rules = rules_now();
    if (rules == nullptr) return {};
    const bool staged = path.staged() || (rules->has_stages() && !path.stage().empty());
    if (!staged && (rules->direct() || !rules->has_stages())) return {};
    const MethodCall call = rules->limits_methods() ? built_in_call(path, request) : MethodCall{};
    return rules->admit(path.stage(), request, store_->clock(), call);
}

Rules::Admission Gateway::admit(const Path& path, const ApiTarget& target, const Rules& rules,
                                const net::Request& request) const {
    const MethodCall call = target.match ? method_call(*target.match, request) : MethodCall{};
    const bool key_required = target.method != nullptr && target.method->key_required;
    return rules.admit(path.stage(), request, store_->clock(), call, key_required);
}

bool Gateway::takes_stream(const net::Request& request) const {
    if (kinesis::is_native_stream(request)) return true;
    if (!request.path.ends_with("/records") || !request.path.contains("v3/")) return false;  // most, quickly
    const Path path(request.path);
    if (const auto target = ApiCalls::find(rules_now(), path, request)) {
        const auto direct = ApiCalls::unchecked_path(*target);
        return direct && rest_.takes_stream(request, direct->span());
    }
    return !path.broken() && path.resource() == Resource::rest && rest_.takes_stream(request, path.segments());
}

std::shared_ptr<net::StreamTaker> Gateway::open_stream(net::Stream& stream) {
    const Path path(stream.request().path);
    const Rules* const rules = rules_now();
    const auto target = ApiCalls::find(rules, path, stream.request());
    const auto admission = target ? admit(path, *target, *rules, stream.request()) : admit(path, stream.request());
    if (admission.refused) {
        stream.count_as(refused);
        stream.reply(refusals_.dressed(gateway_error(*admission.refused), &stream.request()));
        return nullptr;
    }
    if (kinesis::is_native_stream(stream.request())) return kinesis::open_native_stream(kinesis_, stream);
    const auto direct = target ? ApiCalls::unchecked_path(*target) : std::nullopt;
    if (target && !direct) {  // another API was imported just now
        stream.reply(refusals_.dressed(missing_token(), &stream.request()));
        return nullptr;
    }
    return rest_.open_stream(stream, direct ? direct->span() : path.segments());
}

net::Response Gateway::error_response(int status, std::string_view message, const net::Request* request) {
    if (request != nullptr && kinesis::is_native(*request)) return kinesis::native_error(status, message, *request);
    const Path path(request != nullptr ? request->path : "");
    // A body over the limit is the matter of the door it was meant for, whatever stage is in front.
    const bool door_itself = status == 413 && path.resource() == Resource::rest;
    if (door_itself || !through_gateway(path)) return rest::answer(rest::Refusal{status, status, std::string(message)});
    if (status == 413) return refusals_.dressed(gateway_error(ResponseType::request_too_large), request);
    if (status == 504) return refusals_.dressed(gateway_error(ResponseType::integration_timeout), request);
    const auto type = status < 500 ? ResponseType::bad_request_parameters : ResponseType::api_configuration_error;
    return refusals_.dressed(gateway_error(type, message, status), request);
}

void Gateway::append_headers(std::string& head, const net::Request* request) {
    append_cors(head);
    if (request == nullptr) return;
    if (kinesis::is_native(*request))
        append_native_ids(head, request->tag);
    else if (through_gateway(Path(request->path)))
        append_ids(head, request->tag);
}

bool Gateway::format_access(std::string& out, const net::AccessLog::Line& line) const {
    const Rules* const rules = rules_now();
    if (rules == nullptr || line.request == nullptr) return false;
    const Path path(line.request->path);
    const ContextTemplate* const format = rules->access_log(path.stage());
    if (format == nullptr) return false;
    const GatewayError* const error = noted_error(line.note, line.held);
    format->append(out, {.request = line.request,
                         .stage = path.stage(),
                         .api_key_id = format->tells_api_key() ? rules->api_key_id(path.stage(), *line.request) : "",
                         .type = error == nullptr ? ResponseType::no_such_stage : error->type,
                         .refused = error != nullptr,
                         .message = error == nullptr ? "" : std::string_view(error->message),
                         .validation_error = error == nullptr ? "" : std::string_view(error->validation_error),
                         .protocol = line.version,
                         .wall_ms = line.wall_ms - line.millis_taken,
                         .status = line.status,
                         .response_bytes = static_cast<int64_t>(line.body_bytes),
                         .millis_taken = line.millis_taken});
    return true;
}

}  // namespace pinflow::gateway
