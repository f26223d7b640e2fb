// From a frame to its handler.
#pragma once
#include <memory>

#include "kafka/handler.h"

namespace pinflow::kafka {

// `request` is what the frame of answering->call() says. What is not served, or cannot be read, ends the connection, as
// with Kafka; but ApiVersions is answered in any version.
void dispatch(Door& door, const Request& request, std::shared_ptr<Answering> answering);

// A frame that is no request but a token of SASL (SignIn::wants_bare_token()): handlers_sasl.cpp.
void dispatch_token(Door& door, Bytes token, std::shared_ptr<Answering> answering);

}  // namespace pinflow::kafka
