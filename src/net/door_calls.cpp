#include "net/door_calls.h"

namespace pinflow::net {

Response bug_answer() {
    return {.status = 500, .body = R"({"error_code":500,"message":"internal error"})"};
}

void call_handler(Handler& handler, Exchange& exchange, const bool& answered) {
    const bool survived = survives("answering", exchange.request(), [&] { handler.handle(exchange); });
    if (!survived && !answered) exchange.reply(bug_answer());
}

std::shared_ptr<StreamTaker> open_stream(Handler& handler, Stream& stream) {
    std::shared_ptr<StreamTaker> taker;
    survives("opening a stream for", stream.request(), [&] { taker = handler.open_stream(stream); });
    return taker;
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
