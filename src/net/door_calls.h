// Calls of a door that cannot end a connection: a bug there is logged and answered.
#pragma once
#include <spdlog/spdlog.h>

#include <memory>
#include <string_view>

#include "net/http.h"
#include "net/stream.h"

namespace pinflow::net {

// False after an exception, which is a bug: `doing` says in the log what it was about.
template <class Call>
bool survives(std::string_view doing, const Request& request, Call&& call) {
    try {
        call();
        return true;
    } catch (const std::exception& error) {
        spdlog::error("a bug: {} {} {}: {}", doing, request.method, request.target, error.what());
        return false;
    }
}

Response bug_answer();  // 500

// Handler::handle(). `answered` is what the exchange's reply() sets while this runs.
void call_handler(Handler& handler, Exchange& exchange, const bool& answered);
// Handler::open_stream(); null also after a bug.
std::shared_ptr<StreamTaker> open_stream(Handler& handler, Stream& stream);
Response error_answer(Handler& handler, int status, std::string_view message, const Request* request);

}  // namespace pinflow::net
