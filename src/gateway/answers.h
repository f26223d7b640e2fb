// What API Gateway itself answers, and the headers it puts on every answer.
#pragma once
#include <string>
#include <string_view>

#include "gateway/response_type.h"
#include "kinesis/kinesis.h"
#include "net/http.h"

namespace pinflow::gateway {

// What an answer that the gateway itself makes is about; such a one holds it.
struct GatewayError {
    ResponseType type;
    std::string message;
    std::string validation_error;  // what the request lacks, in detail; empty: no validator refused it
};

// {"message":"…"} with x-amzn-ErrorType. Message and status are the type's, unless they are given.
net::Response gateway_error(ResponseType type, std::string_view message = {}, int status = 0,
                            std::string_view validation_error = {});
// Of an answer's note and what it holds (net::Response); null if it was not made here.
const GatewayError* noted_error(int note, const void* held);
// Unknown path or method behind the gateway.
net::Response missing_token();
net::Response not_json(std::string_view reason);

// Of a Kinesis action: its body, or {"__type":…,"message":…} with the service's own status.
net::Response answer(kinesis::ActionResult<kinesis::Written> result);

// OPTIONS on any path.
net::Response preflight();

// Header lines.
void append_cors(std::string& head);
void append_ids(std::string& head, uint64_t tag);         // x-amzn-RequestId and x-amz-apigw-id
void append_native_ids(std::string& head, uint64_t tag);  // x-amzn-RequestId and x-amz-id-2

}  // namespace pinflow::gateway
