#include "connect/path_format.h"

#include <array>
#include <chrono>

namespace pinflow::connect {
namespace {

using namespace std::chrono;

constexpr std::string_view letters = "GCYxwedEyDMaKhHkmsSZ";
constexpr int most_letters = 20;
constexpr std::array months = {"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};
constexpr std::array days = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

struct Local {
    year_month_day date;
    sys_days day;
    int64_t ms_of_day;
    int64_t offset_ms;
    int hour() const { return static_cast<int>(ms_of_day / 3'600'000); }
};

Local local_time(int64_t utc_ms, const TimeZone& zone) {
    const int64_t offset = zone.offset_ms(utc_ms);
    const sys_time<milliseconds> time{milliseconds(utc_ms + offset)};
    const sys_days day = floor<std::chrono::days>(time);
    return {year_month_day(day), day, (time - day).count(), offset};
}

// The year that the day's week belongs to, by ISO 8601: that of its Thursday.
sys_days thursday_of(sys_days day) {
    return day - (weekday(day) - Monday) + std::chrono::days(3);
}
int week_year(const Local& at) {
    return static_cast<int>(year_month_day(thursday_of(at.day)).year());
}
int64_t day_of_year(sys_days day) {
    return (day - sys_days(year_month_day(day).year() / January / 1)).count() + 1;
}

void append_number(std::string& out, int64_t number, int digits) {
    if (number < 0) out += '-';
    fmt::format_to(std::back_inserter(out), "{:0{}}", number < 0 ? -number : number, digits);
}

// Two letters mean two digits, as Joda does it.
void append_year(std::string& out, int year, int count) {
    if (count == 2)
        append_number(out, (year % 100 + 100) % 100, 2);
    else
        append_number(out, year, count);
}

void append_name(std::string& out, std::string_view name, int count) {
    out += count >= 4 ? name : name.substr(0, 3);
}

void append_fraction(std::string& out, int64_t ms, int count) {
    std::string digits = fmt::format("{:03}", ms);
    digits.resize(static_cast<size_t>(count), '0');
    out += digits;
}

void append_offset(std::string& out, int64_t offset_ms, int count, const TimeZone& zone) {
    if (count >= 3) {
        out += zone.name();
        return;
    }
    const int64_t minutes = std::abs(offset_ms) / 60'000;
    fmt::format_to(std::back_inserter(out), "{}{:02}{}{:02}", offset_ms < 0 ? '-' : '+', minutes / 60,
                   count == 2 ? ":" : "", minutes % 60);
}

void append_of_day(std::string& out, char letter, int count, const Local& at) {
    const int hour = at.hour();
    switch (letter) {
        case 'a':
            out += hour < 12 ? "AM" : "PM";
            break;
        case 'K':
            append_number(out, hour % 12, count);
            break;
        case 'h':
            append_number(out, hour % 12 == 0 ? 12 : hour % 12, count);
            break;
        case 'H':
            append_number(out, hour, count);
            break;
        case 'k':
            append_number(out, hour == 0 ? 24 : hour, count);
            break;
        case 'm':
            append_number(out, at.ms_of_day / 60'000 % 60, count);
            break;
        case 's':
            append_number(out, at.ms_of_day / 1'000 % 60, count);
            break;
        default:  // 'S'
            append_fraction(out, at.ms_of_day % 1'000, count);
    }
}

void append_of_date(std::string& out, char letter, int count, const Local& at) {
    const int year = static_cast<int>(at.date.year());
    const int year_of_era = year > 0 ? year : 1 - year;
    const auto month = static_cast<unsigned>(at.date.month());
    const int64_t weekday_number = (weekday(at.day) - Monday).count() + 1;
    switch (letter) {
        case 'G':
            out += year > 0 ? "AD" : "BC";
            break;
        case 'C':
            append_number(out, year_of_era / 100, count);
            break;
        case 'Y':
            append_year(out, year_of_era, count);
            break;
        case 'x':
            append_year(out, week_year(at), count);
            break;
        case 'w':
            append_number(out, (day_of_year(thursday_of(at.day)) - 1) / 7 + 1, count);
            break;
        case 'e':
            append_number(out, weekday_number, count);
            break;
        case 'E':
            append_name(out, days[static_cast<size_t>(weekday_number - 1)], count);
            break;
        case 'y':
            append_year(out, year, count);
            break;
        case 'D':
            append_number(out, day_of_year(at.day), count);
            break;
        case 'd':
            append_number(out, static_cast<unsigned>(at.date.day()), count);
            break;
        default:  // 'M'
            if (count >= 3)
                append_name(out, months[month - 1], count);
            else
                append_number(out, month, count);
    }
}

// The text between quotes that begins at `at`; '' is one quote, inside and outside. Moves behind it.
Result<std::string> read_quoted(std::string_view pattern, size_t& at) {
    std::string text;
    if (++at < pattern.size() && pattern[at] == '\'') return ++at, "'";
    for (; at < pattern.size(); ++at) {
        if (pattern[at] != '\'') {
            text += pattern[at];
        } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
            text += '\'';
            ++at;
        } else {
            ++at;
            return text;
        }
    }
    // Joda takes an open quote to the end; so do we.
    return text;
}

}  // namespace

Result<PathFormat> PathFormat::parse(std::string_view pattern) {
    PathFormat format;
    for (size_t at = 0; at < pattern.size();) {
        const char c = pattern[at];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '\'') {
            PINFLOW_ASSIGN(std::string text, read_quoted(pattern, at));
            format.pieces_.push_back({0, 0, std::move(text)});
        } else if (!is_letter) {
            format.pieces_.push_back({0, 0, std::string(1, c)});
            ++at;
        } else {
            if (!letters.contains(c))
                return fail(Code::invalid, "Illegal pattern component: {} (text stands in quotes: 'year'=YYYY)", c);
            int count = 0;
            for (; at < pattern.size() && pattern[at] == c; ++at) ++count;
            if (count > most_letters) return fail(Code::invalid, "Illegal pattern: {} {}s in a row", count, c);
            format.pieces_.push_back({c, count, ""});
        }
    }
    return format;
}

void PathFormat::append(std::string& out, int64_t utc_ms, const TimeZone& zone) const {
    const Local at = local_time(utc_ms, zone);
    for (const Piece& piece : pieces_) {
        if (piece.letter == 0)
            out += piece.text;
        else if (piece.letter == 'Z')
            append_offset(out, at.offset_ms, piece.count, zone);
        else if (std::string_view("aKhHkmsS").contains(piece.letter))
            append_of_day(out, piece.letter, piece.count, at);
        else
            append_of_date(out, piece.letter, piece.count, at);
    }
}

bool PathFormat::has_words() const {
    return std::ranges::any_of(pieces_, [](const Piece& piece) {
        return piece.letter == 'E' || piece.letter == 'a' || piece.letter == 'G' ||
               (piece.letter == 'M' && piece.count >= 3);
    });
}

}  // namespace pinflow::connect
