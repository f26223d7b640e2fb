// The service's own door: POST / with X-Amz-Target: Kinesis_20131202.<Action>, or ?Action=<Action>, in JSON 1.1 or
// CBOR 1.1. Signatures are taken as they come.
#pragma once
#include "kinesis/kinesis.h"
#include "net/http.h"

namespace pinflow::kinesis {

// Whether a request is for this door. Cheap.
bool is_native(const net::Request& request);

void handle_native(Kinesis& kinesis, net::Exchange& exchange);

// What the session itself answers to such a request.
net::Response native_error(int status, std::string_view message, const net::Request& request);

}  // namespace pinflow::kinesis
