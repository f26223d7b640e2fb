#include "net/door_calls.h"

#include <spdlog/spdlog.h>

namespace pinflow::net {

void call_handler(Handler& handler, Exchange& exchange, const bool& answered) {
    try {
        handler.handle(exchange);
    } catch (const std::exception& error) {
        const Request& request = exchange.request();
        spdlog::error("a bug: answering {} {}: {}", request.method, request.target, error.what());
        if (!answered) exchange.reply({.status = 500, .body = R"({"error_code":500,"message":"internal error"})"});
    }
}

Response error_answer(Handler& handler, int status, std::string_view message, const Request* request) {
    try {
        return handler.error_response(status, message, request);
    } catch (const std::exception& error) {
        spdlog::error("a bug: the body of an error {}: {}", status, error.what());
        return {.status = status};
    }
}

}  // namespace pinflow::net
