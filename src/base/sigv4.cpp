#include "base/sigv4.h"

#include <fmt/format.h>

#include <chrono>

#include "base/digest.h"
#include "base/text.h"

namespace pinflow::sigv4 {

std::string amz_date(int64_t wall_ms) {
    using namespace std::chrono;
    const sys_seconds at = floor<seconds>(sys_time<milliseconds>(milliseconds(wall_ms)));
    const auto midnight = floor<days>(at);
    const year_month_day day(midnight);
    const hh_mm_ss time(at - midnight);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string canonical_query(const std::map<std::string, std::string>& query) {
    std::string text;
    for (const auto& [name, value] : query)
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", percent_encode(name), percent_encode(value));
    return text;
}

std::string hex_sha256(std::string_view data) {
    return hex_encode(as_bytes(digest(Hash::sha256, data)));
}

std::string Scope::text() const {
    return fmt::format("{}/{}/{}/aws4_request", day, region, service);
}

std::string signature(std::string_view secret, const Scope& scope, std::string_view date,
                      std::string_view canonical_request) {
    const std::string to_sign =
        fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope.text(), hex_sha256(canonical_request));
    std::string key = fmt::format("AWS4{}", secret);
    for (const std::string_view part : {scope.day, scope.region, scope.service, std::string_view("aws4_request")})
        key = hmac(Hash::sha256, key, part);
    return hex_encode(as_bytes(hmac(Hash::sha256, key, to_sign)));
}

}  // namespace pinflow::sigv4
