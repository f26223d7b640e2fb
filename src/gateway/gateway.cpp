#include "gateway/gateway.h"

#include "gateway/answers.h"
#include "gateway/path.h"
#include "kinesis/native.h"
#include "net/stream.h"
#include "rest/answers.h"

namespace pinflow::gateway {
namespace {

// Whether the gateway, and not the REST Proxy alone, answers: its request ids and error bodies show it.
bool through_gateway(const Path& path) {
    return path.staged() || path.resource() == Resource::streams;
}

net::Response bad_path(const Path& path) {
    constexpr std::string_view message = "The path has a '%' without two hexadecimal digits behind it.";
    if (through_gateway(path)) return gateway_error(400, message, "BadRequestException");
    return rest::answer(rest::Refusal{400, 400, std::string(message)});
}

}  // namespace

void Gateway::handle(net::Exchange& exchange) {
    const Path path(exchange.request().path);
    if (exchange.request().method == "OPTIONS") return exchange.reply(preflight());
    if (path.broken()) return exchange.reply(bad_path(path));
    if (kinesis::is_native(exchange.request())) return kinesis::handle_native(kinesis_, exchange);
    const auto segments = path.segments();
    switch (path.resource()) {
        case Resource::streams:
            return streams_.handle(exchange, segments.subspan(1));
        case Resource::rest:
            return rest_.handle(exchange, segments);
        case Resource::unknown:
            return exchange.reply(path.staged() ? missing_token() : rest::plain_error(404));
    }
}

bool Gateway::takes_stream(const net::Request& request) const {
    if (!request.path.ends_with("/records") || !request.path.contains("v3/")) return false;  // most, quickly
    const Path path(request.path);
    return !path.broken() && path.resource() == Resource::rest && rest_.takes_stream(request, path.segments());
}

std::shared_ptr<net::StreamTaker> Gateway::open_stream(net::Stream& stream) {
    const Path path(stream.request().path);
    return rest_.open_stream(stream, path.segments());
}

net::Response Gateway::error_response(int status, std::string_view message, const net::Request* request) {
    if (request != nullptr && kinesis::is_native(*request)) return kinesis::native_error(status, message, *request);
    const Path path(request != nullptr ? request->path : "");
    // A body over the limit is the matter of the door it was meant for, whatever stage is in front.
    const bool door_itself = status == 413 && path.resource() == Resource::rest;
    if (door_itself || !through_gateway(path)) return rest::answer(rest::Refusal{status, status, std::string(message)});
    if (status == 413) return gateway_error(status, "Request Too Long", "RequestTooLargeException");
    return gateway_error(status, message, status < 500 ? "BadRequestException" : "InternalServerErrorException");
}

void Gateway::append_headers(std::string& head, const net::Request* request) {
    append_cors(head);
    if (request == nullptr) return;
    if (kinesis::is_native(*request))
        append_native_ids(head);
    else if (through_gateway(Path(request->path)))
        append_ids(head);
}

}  // namespace pinflow::gateway
