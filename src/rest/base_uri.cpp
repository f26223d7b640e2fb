#include "rest/base_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace pinflow::rest {
namespace {

// The first of a list that proxies one behind the other have made.
std::string_view first_of(std::string_view list) {
    return trim(list.substr(0, list.find(',')));
}

bool is_host(std::string_view text) {
    constexpr std::string_view others = ".-_:[]";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.contains(c);
    });
}

std::string_view scheme_of(const net::Request& request) {
    const std::string_view forwarded = first_of(request.header("x-forwarded-proto"));
    for (const std::string_view scheme : {"https", "http"})
        if (equals_ignoring_case(forwarded, scheme)) return scheme;
    return request.secure ? "https" : "http";
}

std::string_view host_of(const net::Request& request) {
    for (const std::string_view host : {first_of(request.header("x-forwarded-host")), request.header("host")})
        if (is_host(host)) return host;
    return "localhost";
}

// What the gateway took from the front of the path, as it was sent: "/test", or nothing.
std::string stage_of(const net::Request& request, size_t without_stage) {
    std::vector<std::string_view> sent;
    for (const std::string_view segment : split(request.path, '/'))
        if (!segment.empty()) sent.push_back(segment);
    if (sent.size() != without_stage + 1) return "";
    return "/" + percent_encode(percent_decode(sent.front()).value_or(""));
}

}  // namespace

std::string root_uri(const net::Request& request, size_t segments) {
    return fmt::format("{}://{}{}", scheme_of(request), host_of(request), stage_of(request, segments));
}

std::string base_uri(const net::Request& request, std::string_view group, std::string_view instance) {
    constexpr size_t segments = 2;
    return fmt::format("{}/consumers/{}/instances/{}", root_uri(request, segments), percent_encode(group),
                       percent_encode(instance));
}

}  // namespace pinflow::rest
