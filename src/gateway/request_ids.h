// The ids that API Gateway gives a request, made from the request's tag: whoever has the request can tell them.
#pragma once
#include <cstdint>
#include <string>

namespace pinflow::gateway {

void append_request_id(std::string& out, uint64_t tag);           // a UUID: x-amzn-RequestId, $context.requestId
void append_extended_request_id(std::string& out, uint64_t tag);  // 15 characters and "=": x-amz-apigw-id
void append_id_2(std::string& out, uint64_t tag);                 // 96 characters: x-amz-id-2

}  // namespace pinflow::gateway
