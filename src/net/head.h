// The head of an HTTP/1.x request (RFC 9112): request line and headers, read strictly. What two servers could read in
// two ways (request smuggling) is refused: bare CR or LF, NUL, folded lines, blanks before a colon, more than one
// Content-Length, Content-Length beside Transfer-Encoding, any transfer coding but "chunked".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"
#include "net/limits.h"

namespace pinflow::net {

// Why a request cannot be taken, and the status that says so.
struct Problem {
    int status = 0;
    std::string message;
};

inline Problem bad(std::string_view message) {
    return {400, std::string(message)};
}

struct Head {
    Request request;           // views into the text; no body, no peer
    std::string_view version;  // "HTTP/1.1"
    bool keep_alive = true;
    bool says_keep_alive = false;  // HTTP/1.0 clients want it confirmed
    bool expects_continue = false;
    bool chunked = false;
    bool gzip = false;
    uint64_t content_length = 0;  // 0 if chunked
};

// `text` is the whole head, its empty last line included. `headers` is the memory that request.headers views.
std::optional<Problem> parse_head(std::string_view text, const Limits& limits, std::vector<Header>& headers,
                                  Head& into);

bool is_token_char(char c);                           // RFC 9110 "tchar": what methods and header names are made of
std::string_view trim_blanks(std::string_view text);  // blanks and tabs around it
bool is_clean_field_value(std::string_view text);     // no control characters but tabs

}  // namespace pinflow::net
