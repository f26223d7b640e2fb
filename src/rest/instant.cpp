// Points in time as Jackson reads them into a java.time.Instant.
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/text.h"
#include "rest/consumer_bodies.h"

namespace pinflow::rest {
namespace {

constexpr double first_milliseconds = 1e11;
constexpr double most_ms = 253'402'300'800'000.0;  // the end of the year 9999

// Reads from the front of what is left; a step that does not fit spoils all that follow.
struct Reader {
    std::string_view left;
    bool good = true;

    int number(size_t digits) {
        int value = 0;
        if (left.size() < digits) return fail();
        for (const char c : left.substr(0, digits)) {
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        left.remove_prefix(digits);
        return value;
    }
    void skip(char c) {
        if (!left.starts_with(c)) return void(fail());
        left.remove_prefix(1);
    }
    int fail() {
        good = false;
        left = {};
        return 0;
    }
    int64_t fraction_ms() {
        if (!left.starts_with('.')) return 0;
        left.remove_prefix(1);
        int64_t ms = 0, weight = 100;
        size_t digits = 0;
        for (; digits < left.size() && left[digits] >= '0' && left[digits] <= '9'; ++digits, weight /= 10)
            ms += (left[digits] - '0') * weight;
        if (digits == 0 || digits > 9) return fail();
        left.remove_prefix(digits);
        return ms;
    }
    int64_t zone_ms() {  // what is to be taken off
        if (left == "Z" || left == "z") return left = {}, 0;
        if (left.empty()) return fail();
        const int64_t sign = left[0] == '-' ? -1 : 1;
        skip(left[0] == '-' ? '-' : '+');
        const int hours = number(2);
        skip(':');
        const int minutes = number(2);
        if (hours > 18 || minutes > 59) return fail();
        return sign * (hours * 60 + minutes) * 60'000;
    }
};

std::optional<int64_t> parse_iso(std::string_view text) {
    using namespace std::chrono;
    Reader in{text};
    const int y = in.number(4);
    in.skip('-');
    const int m = in.number(2);
    in.skip('-');
    const int d = in.number(2);
    in.skip('T');
    const int hour = in.number(2);
    in.skip(':');
    const int minute = in.number(2);
    int second = 0;
    if (in.left.starts_with(':')) {
        in.skip(':');
        second = in.number(2);
    }
    const int64_t fraction = in.fraction_ms();
    const int64_t zone = in.zone_ms();
    const year_month_day day{year(y), month(static_cast<unsigned>(m)), std::chrono::day(static_cast<unsigned>(d))};
    if (!in.good || !in.left.empty() || !day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const auto days_ms = duration_cast<milliseconds>(sys_days(day).time_since_epoch()).count();
    return days_ms + ((hour * 60 + minute) * 60 + second) * int64_t{1000} + fraction - zone;
}

}  // namespace

std::optional<int64_t> parse_instant(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return parse_iso(text);
    if (std::abs(number) < first_milliseconds) number *= 1000;
    if (!(number >= 0 && number < most_ms)) return std::nullopt;
    return static_cast<int64_t>(number);
}

}  // namespace pinflow::rest
