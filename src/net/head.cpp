#include "net/head.h"

#include <array>

#include "net/head_rules.h"

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

// The state of one call of parse_head.
class HeadParser {
  public:
    HeadParser(const Limits& limits, std::vector<Header>& headers, Head& head)
        : rules_(limits, headers, head), head_(head) {}

    std::optional<Problem> parse(std::string_view text);

  private:
    std::optional<Problem> request_line(std::string_view line);
    std::optional<Problem> version(std::string_view text);
    std::optional<Problem> header_line(std::string_view line);
    std::optional<Problem> whole();

    HeadRules rules_;
    Head& head_;
    bool version_1_0_ = false;
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
    return rules_.target(line.substr(0, target_end));
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

std::optional<Problem> HeadParser::header_line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return bad("a header is folded over two lines");
    const size_t name_end = token_length(line);
    if (name_end == 0 || name_end == line.size() || line[name_end] != ':')
        return bad("a header line does not begin with a name and a colon");
    const std::string_view name = line.substr(0, name_end);
    const std::string_view value = trim_blanks(line.substr(name_end + 1));
    if (!is_clean_field_value(value)) return bad("a header's value has a control character");
    return rules_.header(name, value);
}

std::optional<Problem> HeadParser::whole() {
    auto later = rules_.whole();
    if (head_.chunked && rules_.has_length()) return bad("both Content-Length and Transfer-Encoding are given");
    if (head_.chunked && version_1_0_) return bad("HTTP/1.0 has no Transfer-Encoding");
    if (!version_1_0_ && !rules_.has_host()) return bad("the Host header is missing");
    head_.keep_alive = !rules_.says_close() && (!version_1_0_ || head_.says_keep_alive);
    head_.says_keep_alive = head_.says_keep_alive && version_1_0_;
    if (version_1_0_) head_.expects_continue = false;  // RFC 9110, 10.1.1
    return later;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

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
