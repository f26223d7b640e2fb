#include "net/head.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace pinflow::net {
namespace {

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = table[static_cast<size_t>(c - 'a' + 'A')] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr std::array<bool, 256> token_table = make_token_table();

size_t token_length(std::string_view text) {
    size_t length = 0;
    while (length < text.size() && is_token_char(text[length])) ++length;
    return length;
}

// No early exit, so that the compiler can do 32 bytes at a time.
bool has_blank_or_control(std::string_view text) {
    unsigned found = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        found |= static_cast<unsigned>(byte <= 0x20) | static_cast<unsigned>(byte == 0x7f);
    }
    return found != 0;
}

std::string_view trim_blanks(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

Problem bad(std::string_view message) {
    return {400, std::string(message)};
}

// The state of one call of parse_head.
class HeadParser {
  public:
    HeadParser(const Limits& limits, std::vector<Header>& headers, Head& head)
        : limits_(limits), headers_(headers), head_(head) {
        headers_.clear();
        head_ = Head{};
    }

    std::optional<Problem> parse(std::string_view text);

  private:
    std::optional<Problem> request_line(std::string_view line);
    std::optional<Problem> version(std::string_view text);
    std::optional<Problem> target(std::string_view text);
    std::optional<Problem> header_line(std::string_view line);
    std::optional<Problem> known_header(std::string_view name, std::string_view value);
    std::optional<Problem> content_length(std::string_view value);
    std::optional<Problem> transfer_encoding(std::string_view value);
    std::optional<Problem> content_encoding(std::string_view value);
    std::optional<Problem> connection(std::string_view value);
    std::optional<Problem> expect(std::string_view value);
    std::optional<Problem> whole();

    const Limits& limits_;
    std::vector<Header>& headers_;
    Head& head_;
    bool version_1_0_ = false;
    bool has_length_ = false;
    bool has_host_ = false;
    bool says_close_ = false;
    std::optional<Problem> later_;  // a problem of meaning, told only if the rest can be read
};

std::optional<Problem> HeadParser::parse(std::string_view text) {
    bool first = true;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos || end == 0 || text[end - 1] != '\r')
            return bad("a line of the request does not end in CR LF");
        const std::string_view line = text.substr(0, end - 1);
        text.remove_prefix(end + 1);
        if (line.empty()) break;
        if (auto problem = first ? request_line(line) : header_line(line)) return problem;
        first = false;
    }
    return whole();
}

std::optional<Problem> HeadParser::request_line(std::string_view line) {
    const size_t method_end = token_length(line);
    if (method_end == 0 || method_end == line.size() || line[method_end] != ' ' || method_end > 32)
        return bad("the request line does not begin with a method and a blank");
    head_.request.method = line.substr(0, method_end);
    line.remove_prefix(method_end + 1);
    const size_t target_end = line.find(' ');
    if (target_end == std::string_view::npos || target_end == 0)
        return bad("the request line is not \"METHOD TARGET HTTP/1.1\"");
    if (auto problem = version(line.substr(target_end + 1))) return problem;
    return target(line.substr(0, target_end));
}

std::optional<Problem> HeadParser::version(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7]))
        return bad("the request line does not end in a version such as HTTP/1.1");
    if (text[5] != '1') return Problem{505, fmt::format("{} is not spoken here; use HTTP/1.1", text)};
    head_.version = text;
    version_1_0_ = text[7] == '0';
    return {};
}

std::optional<Problem> HeadParser::target(std::string_view text) {
    if (text.size() > limits_.max_target_bytes)
        return Problem{414, fmt::format("the request's target has {} bytes, over the limit of {}", text.size(),
                                        limits_.max_target_bytes)};
    if (has_blank_or_control(text)) return bad("the request's target has a control character");
    if (head_.request.method == "CONNECT") return Problem{501, "CONNECT is not supported: this is no proxy"};
    head_.request.target = text;
    if (text.front() != '/' && text != "*") {  // "http://host/path", as proxies send it
        const size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) return bad("the request's target does not begin with /");
        const size_t path = text.find_first_of("/?", scheme + 3);
        text = path == std::string_view::npos ? std::string_view("/") : text.substr(path);
    }
    const size_t question = text.find('?');
    head_.request.path = question == 0 ? std::string_view("/") : text.substr(0, question);
    if (question != std::string_view::npos) head_.request.query = text.substr(question + 1);
    return {};
}

std::optional<Problem> HeadParser::header_line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return bad("a header is folded over two lines");
    const size_t name_end = token_length(line);
    if (name_end == 0 || name_end == line.size() || line[name_end] != ':')
        return bad("a header line does not begin with a name and a colon");
    const std::string_view name = line.substr(0, name_end);
    const std::string_view value = trim_blanks(line.substr(name_end + 1));
    if (!is_clean_field_value(value)) return bad("a header's value has a control character");
    if (headers_.size() >= limits_.max_headers)
        return Problem{431, fmt::format("more than {} headers", limits_.max_headers)};
    headers_.push_back({name, value});
    return known_header(name, value);
}

std::optional<Problem> HeadParser::known_header(std::string_view name, std::string_view value) {
    switch (name.size()) {
        case 4:
            if (!equals_ignoring_case(name, "host")) break;
            if (std::exchange(has_host_, true)) return bad("more than one Host header");
            break;
        case 6:
            if (equals_ignoring_case(name, "expect")) return expect(value);
            break;
        case 10:
            if (equals_ignoring_case(name, "connection")) return connection(value);
            break;
        case 14:
            if (equals_ignoring_case(name, "content-length")) return content_length(value);
            break;
        case 16:
            if (equals_ignoring_case(name, "content-encoding")) return content_encoding(value);
            break;
        case 17:
            if (equals_ignoring_case(name, "transfer-encoding")) return transfer_encoding(value);
            break;
        default:
            break;
    }
    return {};
}

std::optional<Problem> HeadParser::content_length(std::string_view value) {
    if (std::exchange(has_length_, true)) return bad("more than one Content-Length header");
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
        return bad("Content-Length is not a number");
    uint64_t length = UINT64_MAX;  // what does not fit is too large anyway
    std::from_chars(value.data(), value.data() + value.size(), length);
    head_.content_length = length;
    return {};
}

std::optional<Problem> HeadParser::transfer_encoding(std::string_view value) {
    if (head_.chunked) return bad("more than one Transfer-Encoding header");
    if (!equals_ignoring_case(value, "chunked")) {
        if (value.empty()) return bad("Transfer-Encoding is empty");
        return Problem{501, "of the transfer codings only \"chunked\" is supported"};
    }
    head_.chunked = true;
    return {};
}

std::optional<Problem> HeadParser::content_encoding(std::string_view value) {
    if (value.empty() || equals_ignoring_case(value, "identity")) return {};
    if (!head_.gzip && (equals_ignoring_case(value, "gzip") || equals_ignoring_case(value, "x-gzip"))) {
        head_.gzip = true;
        return {};
    }
    later_ = Problem{415, "of the content codings only one \"gzip\" is supported"};
    return {};
}

std::optional<Problem> HeadParser::connection(std::string_view value) {
    for (std::string_view token : split(value, ',')) {
        token = trim_blanks(token);
        if (equals_ignoring_case(token, "close")) says_close_ = true;
        if (equals_ignoring_case(token, "keep-alive")) head_.says_keep_alive = true;
    }
    return {};
}

std::optional<Problem> HeadParser::expect(std::string_view value) {
    if (equals_ignoring_case(value, "100-continue"))
        head_.expects_continue = true;
    else
        later_ = Problem{417, "of the expectations only \"100-continue\" is supported"};
    return {};
}

std::optional<Problem> HeadParser::whole() {
    head_.request.headers = headers_;
    if (head_.chunked && has_length_) return bad("both Content-Length and Transfer-Encoding are given");
    if (head_.chunked && version_1_0_) return bad("HTTP/1.0 has no Transfer-Encoding");
    if (!version_1_0_ && !has_host_) return bad("the Host header is missing");
    head_.keep_alive = !says_close_ && (!version_1_0_ || head_.says_keep_alive);
    head_.says_keep_alive = head_.says_keep_alive && version_1_0_;
    if (version_1_0_) head_.expects_continue = false;  // RFC 9110, 10.1.1
    if (later_) return std::move(later_);
    return {};
}

}  // namespace

bool is_token_char(char c) {
    return token_table[static_cast<unsigned char>(c)];
}

bool is_clean_field_value(std::string_view text) {
    unsigned found = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        found |= (static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t')) |
                 static_cast<unsigned>(byte == 0x7f);
    }
    return found == 0;
}

std::optional<Problem> parse_head(std::string_view text, const Limits& limits, std::vector<Header>& headers,
                                  Head& into) {
    return HeadParser(limits, headers, into).parse(text);
}

}  // namespace pinflow::net
