#include "openapi/schema_formats.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace pinflow::openapi {
namespace {

bool is_date_time(const std::string& text) {
    static const RE2 shape(
        R"((\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,12})?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d))");
    int year = 0, month = 0, day = 0;
    if (!RE2::FullMatch(text, shape, &year, &month, &day)) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const std::array<int, 12> days = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<size_t>(month - 1)];
}

bool is_email(const std::string& text) {
    static const RE2 shape(R"((?:[^<>]*<)?[^\s@<>,;:"()\[\]]+@[^\s@<>,;:"()]+>?)");
    return RE2::FullMatch(text, shape) && text.contains('<') == text.contains('>');
}

bool is_host(const std::string& text) {
    static const RE2 shape(
        R"((?:[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)");
    return text.size() <= 253 && RE2::FullMatch(text, shape);
}

bool is_address(const std::string& text, int family) {
    in6_addr address;
    return !text.contains('\0') && inet_pton(family, text.c_str(), &address) == 1;
}

bool is_uri(const std::string& text) {
    static const RE2 shape(R"((?:[^\x00-\x20"<>\\^`{|}%\x7f]|%[0-9A-Fa-f]{2})*)");
    return RE2::FullMatch(text, shape);
}

bool is_uuid(const std::string& text) {
    static const RE2 shape(R"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})");
    return RE2::FullMatch(text, shape);
}

std::string not_valid(std::string_view text, std::string_view what) {
    return fmt::format("string \"{}\" is not a valid {}", text, what);
}

constexpr std::array formats = {
    Format{"date-time", is_date_time,
           [](std::string_view text) {
               return fmt::format(R"(string "{}" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, )"
                                  R"(yyyy-MM-dd'T'HH:mm:ss.[0-9]{{1,12}}Z])",
                                  text);
           }},
    Format{"email", is_email, [](std::string_view text) { return not_valid(text, "email address"); }},
    Format{"hostname", is_host, [](std::string_view text) { return not_valid(text, "hostname"); }},
    Format{"ipv4", [](const std::string& text) { return is_address(text, AF_INET); },
           [](std::string_view text) { return not_valid(text, "IPv4 address"); }},
    Format{"ipv6", [](const std::string& text) { return is_address(text, AF_INET6); },
           [](std::string_view text) { return not_valid(text, "IPv6 address"); }},
    Format{"uri", is_uri, [](std::string_view text) { return not_valid(text, "URI"); }},
    Format{"uuid", is_uuid,
           [](std::string_view text) { return fmt::format("input string \"{}\" is not a valid UUID", text); }},
};

}  // namespace

const Format* format_of(std::string_view name) {
    const auto* const found = std::ranges::find(formats, name, &Format::name);
    return found == formats.end() ? nullptr : found;
}

}  // namespace pinflow::openapi
