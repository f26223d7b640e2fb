#include "auth/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/sigv4.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

std::string canonical_request(const Presigned& request) {
    return fmt::format("GET\n/\n{}\nhost:{}\n\nhost\n{}", sigv4::canonical_query(request.query), request.host,
                       sigv4::hex_sha256(""));
}

bool is_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view Presigned::parameter(std::string_view name) const {
    const auto found = query.find(std::string(name));
    return found == query.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<CredentialScope> read_scope(std::string_view credential) {
    const auto parts = split(credential, '/');
    if (parts.size() != 5 || parts[4] != "aws4_request") return std::nullopt;
    if (std::ranges::any_of(parts, [](std::string_view part) { return part.empty(); })) return std::nullopt;
    return CredentialScope{parts[0], parts[1], parts[2], parts[3]};
}

std::optional<int64_t> read_amz_date(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    if (!is_digits(text.substr(0, 8)) || !is_digits(text.substr(9, 6))) return std::nullopt;
    const auto number = [&](size_t at, size_t size) { return static_cast<int>(*parse_int(text.substr(at, size))); };
    using namespace std::chrono;
    const year_month_day day(year(number(0, 4)), month(static_cast<unsigned>(number(4, 2))),
                             std::chrono::day(static_cast<unsigned>(number(6, 2))));
    if (!day.ok() || number(9, 2) > 23 || number(11, 2) > 59 || number(13, 2) > 60) return std::nullopt;
    const auto at = sys_days(day) + hours(number(9, 2)) + minutes(number(11, 2)) + seconds(number(13, 2));
    return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

std::string signature_of(const Presigned& request, const CredentialScope& scope, std::string_view secret) {
    return sigv4::signature(secret, {scope.day, scope.region, scope.service}, request.parameter("X-Amz-Date"),
                            canonical_request(request));
}

}  // namespace pinflow::auth
