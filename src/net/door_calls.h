// Calls of a door that cannot end a connection: a bug there is logged and answered.
#pragma once
#include <string_view>

#include "net/http.h"

namespace pinflow::net {

// Handler::handle(). `answered` is what the exchange's reply() sets while this runs.
void call_handler(Handler& handler, Exchange& exchange, const bool& answered);
Response error_answer(Handler& handler, int status, std::string_view message, const Request* request);

}  // namespace pinflow::net
