// The service's own door: POST / with X-Amz-Target: Kinesis_20131202.<Action>, or ?Action=<Action>, in JSON 1.1 or
// CBOR 1.1. Signatures are taken as they come.
#pragma once
#include "kinesis/kinesis.h"
#include "net/http.h"
#include "net/stream.h"

namespace pinflow::kinesis {

// Whether a request is for this door. Cheap.
bool is_native(const net::Request& request);

void handle_native(Kinesis& kinesis, net::Exchange& exchange);

// Whether it is one that is answered with an event stream: net::Handler::takes_stream(). Cheap.
bool is_native_stream(const net::Request& request);
std::shared_ptr<net::StreamTaker> open_native_stream(Kinesis& kinesis, net::Stream& stream);

// What the session itself answers to such a request.
net::Response native_error(int status, std::string_view message, const net::Request& request);

}  // namespace pinflow::kinesis
