// What API Gateway itself answers, and the headers it puts on every answer.
#pragma once
#include <string>
#include <string_view>

#include "kinesis/kinesis.h"
#include "net/http.h"

namespace pinflow::gateway {

// {"message":"…"} with x-amzn-ErrorType, if there is one.
net::Response gateway_error(int status, std::string_view message, std::string_view type);
// Unknown path or method behind the gateway.
net::Response missing_token();
net::Response not_json(std::string_view reason);

// Of a Kinesis action: its body, or {"__type":…,"message":…} with the service's own status.
net::Response answer(kinesis::ActionResult<kinesis::Written> result);

// OPTIONS on any path.
net::Response preflight();

// Header lines.
void append_cors(std::string& head);
void append_ids(std::string& head);         // x-amzn-RequestId and x-amz-apigw-id, new ones
void append_native_ids(std::string& head);  // x-amzn-RequestId and x-amz-id-2

}  // namespace pinflow::gateway
