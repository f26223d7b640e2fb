#include "net/response_head.h"

#include <charconv>

namespace pinflow::net {
namespace {

void append_number(std::string& out, size_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

// A door may put what a client sent into a header: it must not begin another one.
void append_clean(std::string& out, std::string_view text) {
    const size_t from = out.size();
    out.append(text);
    for (size_t i = from; i < out.size(); ++i)
        if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
}

}  // namespace

bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void append_header_lines(std::string& out, const Response& response, const Request* request, bool has_length,
                         std::string_view date_line, Handler& handler) {
    out.append(date_line);
    if (!response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (has_length && has_body(response.status)) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        append_clean(out, name);
        out.append(": ");
        append_clean(out, value);
        out.append("\r\n");
    }
    handler.append_headers(out, request);
}

void append_response_head(std::string& out, const Response& response, const Head* request_head, bool close,
                          std::string_view date_line, Handler& handler, Framing framing) {
    if (response.status == 200) {
        out.append("HTTP/1.1 200 OK\r\n");
    } else {
        out.append("HTTP/1.1 ");
        append_number(out, static_cast<size_t>(response.status));
        out.append(" ").append(status_text(response.status)).append("\r\n");
    }
    append_header_lines(out, response, request_head == nullptr ? nullptr : &request_head->request,
                        framing == Framing::length, date_line, handler);
    if (framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (close)
        out.append("Connection: close\r\n");
    else if (request_head != nullptr && request_head->says_keep_alive)
        out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

}  // namespace pinflow::net
