#include "net/head_rules.h"

#include <charconv>

#include "base/text.h"

namespace pinflow::net {
namespace {

// No early exit, so that the compiler can do 32 bytes at a time.
bool has_blank_or_control(std::string_view text) {
    unsigned found = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        found |= static_cast<unsigned>(byte <= 0x20) | static_cast<unsigned>(byte == 0x7f);
    }
    return found != 0;
}

}  // namespace

HeadRules::HeadRules(const Limits& limits, std::vector<Header>& headers, Head& head)
    : limits_(limits), headers_(headers), head_(head) {
    headers_.clear();
    head_ = Head{};
}

std::optional<Problem> HeadRules::target(std::string_view text) {
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

std::optional<Problem> HeadRules::header(std::string_view name, std::string_view value) {
    if (headers_.size() >= limits_.max_headers)
        return Problem{431, fmt::format("more than {} headers", limits_.max_headers)};
    headers_.push_back({name, value});
    return known_header(name, value);
}

std::optional<Problem> HeadRules::known_header(std::string_view name, std::string_view value) {
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

std::optional<Problem> HeadRules::content_length(std::string_view value) {
    if (std::exchange(has_length_, true)) return bad("more than one Content-Length header");
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
        return bad("Content-Length is not a number");
    uint64_t length = UINT64_MAX;  // what does not fit is too large anyway
    std::from_chars(value.data(), value.data() + value.size(), length);
    head_.content_length = length;
    return {};
}

std::optional<Problem> HeadRules::transfer_encoding(std::string_view value) {
    if (head_.chunked) return bad("more than one Transfer-Encoding header");
    if (!equals_ignoring_case(value, "chunked")) {
        if (value.empty()) return bad("Transfer-Encoding is empty");
        return Problem{501, "of the transfer codings only \"chunked\" is supported"};
    }
    head_.chunked = true;
    return {};
}

std::optional<Problem> HeadRules::content_encoding(std::string_view value) {
    if (value.empty() || equals_ignoring_case(value, "identity")) return {};
    if (!head_.gzip && (equals_ignoring_case(value, "gzip") || equals_ignoring_case(value, "x-gzip"))) {
        head_.gzip = true;
        return {};
    }
    later_ = Problem{415, "of the content codings only one \"gzip\" is supported"};
    return {};
}

std::optional<Problem> HeadRules::connection(std::string_view value) {
    for (std::string_view token : split(value, ',')) {
        token = trim_blanks(token);
        if (equals_ignoring_case(token, "close")) says_close_ = true;
        if (equals_ignoring_case(token, "keep-alive")) head_.says_keep_alive = true;
    }
    return {};
}

std::optional<Problem> HeadRules::expect(std::string_view value) {
    if (equals_ignoring_case(value, "100-continue"))
        head_.expects_continue = true;
    else
        later_ = Problem{417, "of the expectations only \"100-continue\" is supported"};
    return {};
}

std::optional<Problem> HeadRules::whole() {
    head_.request.headers = headers_;
    return std::move(later_);
}

}  // namespace pinflow::net
