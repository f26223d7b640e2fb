#include "gateway/answers.h"

#include "base/json_writer.h"
#include "gateway/request_ids.h"
#include "kinesis/answer.h"

namespace pinflow::gateway {
namespace {

constexpr int is_gateway_error = 1;  // Response::note: of all other answers it is 0

}  // namespace

net::Response gateway_error(ResponseType type, std::string_view message, int status,
                            std::string_view validation_error) {
    net::Response response{.status = status == 0 ? status_of(type) : status, .body = {}, .headers = {}};
    if (message.empty()) message = message_of(type);
    response.body = fmt::format("{{\"message\":{}}}", json_string(message));
    response.headers.emplace_back("x-amzn-ErrorType", error_type_of(type));
    response.note = is_gateway_error;
    response.held = std::make_shared<GatewayError>(type, std::string(message), std::string(validation_error));
    return response;
}

const GatewayError* noted_error(int note, const void* held) {
    return note == is_gateway_error ? static_cast<const GatewayError*>(held) : nullptr;
}

net::Response missing_token() {
    return gateway_error(ResponseType::missing_authentication_token);
}

net::Response not_json(std::string_view reason) {
    return gateway_error(ResponseType::bad_request_body,
                         fmt::format("Could not parse request body into json: {}", reason));
}

net::Response answer(kinesis::ActionResult<kinesis::Written> result) {
    if (result) return {200, "application/json", std::move(result->text), {}, std::move(result->held)};
    return {result.error().status, "application/json", body_of(result.error(), kinesis::Format::json), {}};
}

net::Response preflight() {
    net::Response response{200, "", "", {}};
    response.headers = {
        {"Access-Control-Allow-Headers",
         "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,X-Amz-Target,X-Amz-User-Agent,"
         "X-Amz-Content-Sha256,Amz-Sdk-Invocation-Id,Amz-Sdk-Request"},
        {"Access-Control-Allow-Methods", "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"}};
    return response;
}

void append_cors(std::string& head) {
    head.append("Access-Control-Allow-Origin: *\r\n");
}

void append_ids(std::string& head, uint64_t tag) {
    head.append("x-amzn-RequestId: ");
    append_request_id(head, tag);
    head.append("\r\nx-amz-apigw-id: ");
    append_extended_request_id(head, tag);
    head.append("\r\n");
}

void append_native_ids(std::string& head, uint64_t tag) {
    head.append("x-amzn-RequestId: ");
    append_request_id(head, tag);
    head.append("\r\nx-amz-id-2: ");
    append_id_2(head, tag);
    head.append("\r\n");
}

}  // namespace pinflow::gateway
