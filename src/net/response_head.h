// The head of a response as bytes.
#pragma once
#include <string>
#include <string_view>

#include "net/head.h"
#include "net/http.h"

namespace pinflow::net {

bool has_body(int status);  // 1xx, 204 and 304 have none

// How the client sees the body's end.
enum class Framing : uint8_t { length, chunked, until_close };

// The lines that every version of HTTP has: what an answer of this status says of itself, Content-Length if it
// `has_length`, the door's own. Each "Name: value\r\n"; what is in them cannot begin another.
void append_header_lines(std::string& out, const Response& response, const Request* request, bool has_length,
                         std::string_view date_line, Handler& handler);

// `request_head` is null if the request could not be read. `date_line`: "Date: …\r\n". `handler`: whose headers every
// answer carries.
void append_response_head(std::string& out, const Response& response, const Head* request_head, bool close,
                          std::string_view date_line, Handler& handler, Framing framing = Framing::length);

}  // namespace pinflow::net
