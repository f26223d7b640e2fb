#include "engine/timestamp.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>

namespace pinflow::engine {
namespace {

constexpr int64_t micros_per_second = 1'000'000;
constexpr int64_t micros_per_day = 86'400 * micros_per_second;

// Reads digits from the front of a text; every step says whether it fitted.
class Digits {
  public:
    explicit Digits(std::string_view text) : rest_(text) {}

    bool number(int digits, int& into) {
        if (rest_.size() < static_cast<size_t>(digits)) return false;
        into = 0;
        for (int i = 0; i < digits; ++i) {
            const char c = rest_[static_cast<size_t>(i)];
            if (c < '0' || c > '9') return false;
            into = into * 10 + (c - '0');
        }
        rest_.remove_prefix(static_cast<size_t>(digits));
        return true;
    }
    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool digit_ahead() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool done() const { return rest_.empty(); }
    void skip() { rest_.remove_prefix(1); }

  private:
    std::string_view rest_;
};

// After the point: one to nine digits, cut to microseconds.
bool fraction(Digits& digits, int64_t& micros) {
    if (!digits.digit_ahead()) return false;
    int64_t scale = micros_per_second / 10;
    for (int count = 0; digits.digit_ahead(); ++count, scale /= 10) {
        if (count == 9) return false;
        micros += (digits.front() - '0') * scale;
        digits.skip();
    }
    return true;
}

// Z, +01, +0130, +01:30. `micros` is what to subtract.
bool zone(Digits& digits, int64_t& micros) {
    if (digits.take('Z')) return true;
    const int64_t sign = digits.front() == '-' ? -1 : 1;
    if (!digits.take('+') && !digits.take('-')) return false;
    int hours = 0;
    int minutes = 0;
    if (!digits.number(2, hours)) return false;
    const bool colon = digits.take(':');
    if ((colon || digits.digit_ahead()) && !digits.number(2, minutes)) return false;
    micros = sign * (hours * 60 + minutes) * 60 * micros_per_second;
    return hours <= 18 && minutes < 60;
}

bool time_of_day(Digits& digits, int64_t& micros) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!digits.number(2, hour) || !digits.take(':') || !digits.number(2, minute) || !digits.take(':') ||
        !digits.number(2, second)) {
        return false;
    }
    micros = ((hour * 60 + minute) * 60 + second) * micros_per_second;
    if (digits.take('.') && !fraction(digits, micros)) return false;
    return hour < 24 && minute < 60 && second < 60;
}

std::optional<int64_t> days_of(int year, int month, int day) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (year < 1 || !date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

bool append_infinite(std::string& out, int64_t value) {
    if (value == std::numeric_limits<int64_t>::max()) return out += "infinity", true;
    if (value == -std::numeric_limits<int64_t>::max()) return out += "-infinity", true;
    return false;
}

void append_fraction(std::string& out, int64_t fraction, int digits) {
    if (fraction == 0) return;
    std::string text = fmt::format("{:0{}}", fraction, digits);
    text.erase(text.find_last_not_of('0') + 1);
    out += '.';
    out += text;
}

}  // namespace

std::optional<int64_t> parse_timestamp(std::string_view text) {
    Digits digits(text);
    int year = 0;
    int month = 0;
    int day = 0;
    if (!digits.number(4, year)) return std::nullopt;
    const char separator = digits.front();
    if (separator != '-' && separator != ':') return std::nullopt;
    if (!digits.take(separator) || !digits.number(2, month) || !digits.take(separator) || !digits.number(2, day)) {
        return std::nullopt;
    }
    const auto days = days_of(year, month, day);
    if (!days) return std::nullopt;
    int64_t in_day = 0;
    int64_t offset = 0;
    if (digits.done()) return separator == '-' ? std::optional(*days * micros_per_day) : std::nullopt;
    if (!digits.take('T') && !digits.take(' ')) return std::nullopt;
    if (!time_of_day(digits, in_day)) return std::nullopt;
    if (!digits.done() && (!zone(digits, offset) || !digits.done())) return std::nullopt;
    const int64_t micros = *days * micros_per_day + in_day - offset;
    constexpr int64_t first = -719'162 * micros_per_day;  // 0001-01-01
    constexpr int64_t end = 2'932'897 * micros_per_day;   // 10000-01-01
    return micros >= first && micros < end ? std::optional(micros) : std::nullopt;
}

void append_date(std::string& out, int64_t days) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

void append_time(std::string& out, int64_t micros_of_day) {
    const int64_t seconds = micros_of_day / micros_per_second;
    fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    append_fraction(out, micros_of_day % micros_per_second, 6);
}

void append_timestamp(std::string& out, int64_t micros) {
    if (append_infinite(out, micros)) return;
    const int64_t days = floor_divide(micros, micros_per_day);
    append_date(out, days);
    out += 'T';
    append_time(out, micros - days * micros_per_day);
    out += 'Z';
}

void append_timestamp_nanos(std::string& out, int64_t nanos) {
    if (append_infinite(out, nanos)) return;
    const int64_t micros = floor_divide(nanos, 1000);
    const int64_t seconds = floor_divide(micros, micros_per_second);
    append_timestamp(out, seconds * micros_per_second);
    out.pop_back();
    append_fraction(out, nanos - seconds * 1'000'000'000, 9);
    out += 'Z';
}

std::string timestamp_to_millis(int64_t micros, bool round_up) {
    int64_t millis = floor_divide(micros, 1000);
    if (round_up && millis * 1000 != micros) ++millis;
    const int64_t seconds = floor_divide(millis, 1000);
    std::string text;
    append_timestamp(text, seconds * micros_per_second);
    text.pop_back();
    return text + fmt::format(".{:03}Z", millis - seconds * 1000);
}

}  // namespace pinflow::engine
