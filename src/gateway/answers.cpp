#include "gateway/answers.h"

#include <bit>

#include "base/json_writer.h"
#include "base/uuid.h"

namespace pinflow::gateway {
namespace {

// Request ids tell requests apart, they guard nothing: a seeded generator a thread spares the system call.
uint64_t next_random() {
    static thread_local uint64_t state = std::bit_cast<std::array<uint64_t, 2>>(Uuid::random().bytes)[0];
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

std::string request_id() {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string id = "00000000-0000-4000-8000-000000000000";
    uint64_t bits = 0;
    for (size_t i = 0; i < id.size(); ++i) {
        if (i % 18 == 0) bits = next_random();
        if (id[i] != '0') continue;
        id[i] = hex[bits & 15];
        bits = std::rotr(bits, 4) ^ (i == 17 ? next_random() : 0);
    }
    return id;
}

std::string apigw_id() {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string id(16, '=');
    uint64_t bits = next_random();
    for (size_t i = 0; i < 15; ++i, bits = std::rotr(bits, 6)) id[i] = alphabet[bits & 63];
    return id;
}

}  // namespace

net::Response gateway_error(int status, std::string_view message, std::string_view type) {
    net::Response response{status, "application/json", fmt::format("{{\"message\":{}}}", json_string(message)), {}};
    if (!type.empty()) response.headers.emplace_back("x-amzn-ErrorType", type);
    return response;
}

net::Response missing_token() {
    return gateway_error(403, "Missing Authentication Token", "MissingAuthenticationTokenException");
}

net::Response not_json(std::string_view reason) {
    return gateway_error(400, fmt::format("Could not parse request body into json: {}", reason), "BadRequestException");
}

net::Response answer(kinesis::ActionResult<std::string> result) {
    if (result) return {200, "application/json", std::move(*result), {}};
    return {result.error().status, "application/json", result.error().json(), {}};
}

net::Response preflight() {
    net::Response response{200, "", "", {}};
    response.headers = {
        {"Access-Control-Allow-Headers", "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"},
        {"Access-Control-Allow-Methods", "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"}};
    return response;
}

void add_cors(net::Response& response) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
}

void add_ids(net::Response& response) {
    response.headers.emplace_back("x-amzn-RequestId", request_id());
    response.headers.emplace_back("x-amz-apigw-id", apigw_id());
}

}  // namespace pinflow::gateway
