#include "gateway/gateway.h"

#include "gateway/answers.h"
#include "gateway/path.h"
#include "rest/answers.h"

namespace pinflow::gateway {
namespace {

// Whether the gateway, and not the REST Proxy alone, answers: its request ids and error bodies show it.
bool through_gateway(const Path& path) {
    return path.staged() || path.resource() == Resource::streams;
}

// The exchange as the doors behind the gateway see it: puts the gateway's headers on their answer, then goes.
class Dressed final : public net::Exchange {
  public:
    Dressed(net::Exchange& inner, bool with_ids) : inner_(inner), with_ids_(with_ids) {}

    const net::Request& request() const override { return inner_.request(); }
    void reply(net::Response response) override {
        add_cors(response);
        if (with_ids_) add_ids(response);
        inner_.reply(std::move(response));
        delete this;
    }

  private:
    net::Exchange& inner_;
    bool with_ids_;
};

net::Response bad_path(const Path& path) {
    constexpr std::string_view message = "The path has a '%' without two hexadecimal digits behind it.";
    if (through_gateway(path)) return gateway_error(400, message, "BadRequestException");
    return rest::answer(rest::Refusal{400, 400, std::string(message)});
}

}  // namespace

void Gateway::handle(net::Exchange& exchange) {
    const Path path(exchange.request().path);
    net::Exchange& dressed = *new Dressed(exchange, through_gateway(path));
    if (exchange.request().method == "OPTIONS") return dressed.reply(preflight());
    if (path.broken()) return dressed.reply(bad_path(path));
    const auto segments = path.segments();
    switch (path.resource()) {
        case Resource::streams:
            return streams_.handle(dressed, segments.subspan(1));
        case Resource::rest:
            return rest_.handle(dressed, segments);
        case Resource::unknown:
            return dressed.reply(path.staged() ? missing_token() : rest::plain_error(404));
    }
}

net::Response Gateway::error_response(int status, std::string_view message, const net::Request* request) {
    const Path path(request != nullptr ? request->path : "");
    net::Response response;
    if (!through_gateway(path))
        response = rest::answer(rest::Refusal{status, status, std::string(message)});
    else if (status == 413)
        response = gateway_error(status, "Request Too Long", "RequestTooLargeException");
    else
        response =
            gateway_error(status, message, status < 500 ? "BadRequestException" : "InternalServerErrorException");
    add_cors(response);
    if (through_gateway(path)) add_ids(response);
    return response;
}

}  // namespace pinflow::gateway
