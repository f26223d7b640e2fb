#include "rest/answers.h"

#include <charconv>

#include "base/json_writer.h"
#include "rest/media_type.h"

namespace pinflow::rest {
namespace {

constexpr size_t element_bytes = 80;  // of one stored record in the answer, at most for usual offsets

void append_number(std::string& out, int64_t number) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Of one record's element. The partition is sealed: to send the record again will not help.
int element_code(const Error& error) {
    return error.code == Code::conflict ? 50002 : refusal_of(error).code;
}

void append_outcome(std::string& out, const broker::Produced::Outcome& outcome) {
    if (outcome.error == nullptr) {
        out += R"({"partition":)";
        append_number(out, outcome.partition);
        out += R"(,"offset":)";
        append_number(out, outcome.offset);
        out += R"(,"error_code":null,"error":null})";
        return;
    }
    out += R"({"partition":null,"offset":null,"error_code":)";
    append_number(out, element_code(*outcome.error));
    out += R"(,"error":)";
    append_json_string(out, outcome.error->message);
    out += '}';
}

bool is_fault_of_server(const Error& error) {
    return error.code != Code::too_large && error.code != Code::invalid && error.code != Code::conflict;
}

}  // namespace

net::Response answer(std::string json) {
    return {200, v2_json, std::move(json), {}};
}

net::Response answer(const Refusal& refusal) {
    JsonWriter json;
    json.begin_object().key("error_code").number(refusal.code).key("message").string(refusal.message).end_object();
    return {refusal.status, v2_json, std::move(json).text(), {}};
}

net::Response plain_error(int status) {
    return answer(Refusal{status, status, fmt::format("HTTP {} {}", status, net::status_text(status))});
}

std::string_view shown(std::string_view utf8) {
    constexpr size_t most = 200;
    if (utf8.size() <= most) return utf8;
    size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xc0) == 0x80) --end;
    return utf8.substr(0, end);
}

Refusal refusal_of(const Error& error) {
    switch (error.code) {
        case Code::invalid:
            return {422, 422, error.message};
        case Code::not_found:
            return {404, 40403, error.message};
        case Code::too_large:
            return {413, 50002, error.message};
        case Code::exists:
        case Code::conflict:
            return {400, 40002, error.message};
        case Code::unavailable:
        case Code::timeout:
        case Code::cancelled:
            return {503, 50302, error.message};
        default:
            return {500, 50002, error.message};
    }
}

net::Response answer(const broker::Produced& produced, size_t first, size_t count, std::string body) {
    const Error* fault = nullptr;
    bool stored = false;
    body.reserve(count * element_bytes + 80);
    body = R"({"offsets":[)";
    for (size_t i = 0; i < count; ++i) {
        const auto outcome = produced[first + i];
        if (i > 0) body += ',';
        append_outcome(body, outcome);
        if (outcome.error == nullptr)
            stored = true;
        else if (is_fault_of_server(*outcome.error))
            fault = outcome.error;
    }
    body += R"(],"key_schema_id":null,"value_schema_id":null})";
    if (fault == nullptr) return answer(std::move(body));
    if (!stored) return answer(refusal_of(*fault));
    auto response = answer(std::move(body));  // some are stored: the elements tell which
    response.status = refusal_of(*fault).status;
    return response;
}

}  // namespace pinflow::rest
