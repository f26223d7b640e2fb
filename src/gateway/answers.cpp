#include "gateway/answers.h"

#include <bit>

#include "base/json_writer.h"
#include "base/uuid.h"
#include "kinesis/answer.h"

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

void append_request_id(std::string& out) {
    constexpr std::string_view hex = "0123456789abcdef";
    char id[] = "00000000-0000-4000-8000-000000000000";
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof id - 1; ++i) {
        if (i % 18 == 0) bits = next_random();
        if (id[i] != '0') continue;
        id[i] = hex[bits & 15];
        bits = std::rotr(bits, 4) ^ (i == 17 ? next_random() : 0);
    }
    out.append(id, sizeof id - 1);
}

constexpr std::string_view alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

void append_random(std::string& out, size_t count, char second_last, char last) {
    const size_t before = out.size();
    out.resize(before + count);
    uint64_t bits = 0;
    for (size_t i = 0; i < count; ++i, bits >>= 6) {
        if (i % 10 == 0) bits = next_random();
        const size_t digit = bits & 63;
        out[before + i] = digit < alphanumeric.size()    ? alphanumeric[digit]
                          : digit == alphanumeric.size() ? second_last
                                                         : last;
    }
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

void append_ids(std::string& head) {
    head.append("x-amzn-RequestId: ");
    append_request_id(head);
    head.append("\r\nx-amz-apigw-id: ");
    append_random(head, 15, '-', '_');
    head.append("=\r\n");
}

void append_native_ids(std::string& head) {
    head.append("x-amzn-RequestId: ");
    append_request_id(head);
    head.append("\r\nx-amz-id-2: ");
    append_random(head, 96, '+', '/');
    head.append("\r\n");
}

}  // namespace pinflow::gateway
