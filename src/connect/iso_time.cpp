#include "connect/iso_time.h"

#include <chrono>

namespace pinflow::connect {
namespace {

using namespace std::chrono;

// What is left of the text; each step takes from its front or says no.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    size_t digits() const {
        size_t count = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') ++count;
        return count;
    }
    // Exactly so many digits, a number up to `most`.
    std::optional<int> number(size_t size, int most) {
        if (digits() < size) return std::nullopt;
        int value = 0;
        for (size_t i = 0; i < size; ++i) value = value * 10 + (rest_[i] - '0');
        rest_.remove_prefix(size);
        return value <= most ? std::optional(value) : std::nullopt;
    }
    // All digits there are, as thousandths.
    std::optional<int> thousandths() {
        const size_t size = digits();
        if (size == 0) return std::nullopt;
        int value = 0;
        for (size_t i = 0; i < 3; ++i) value = value * 10 + (i < size ? rest_[i] - '0' : 0);
        rest_.remove_prefix(size);
        return value;
    }

  private:
    std::string_view rest_;
};

std::optional<sys_days> read_week_date(Reader& reader, int year) {
    const auto week = reader.number(2, 53);
    if (!week || *week < 1) return std::nullopt;
    int day = 1;
    if (reader.take('-')) {
        const auto given = reader.number(1, 7);
        if (!given || *given < 1) return std::nullopt;
        day = *given;
    }
    const sys_days fourth(std::chrono::year(year) / January / 4);  // always in the first week
    const sys_days monday = fourth - (weekday(fourth) - Monday);
    return monday + days((*week - 1) * 7 + day - 1);
}

std::optional<sys_days> read_date(Reader& reader) {
    const auto year = reader.number(4, 9999);
    if (!year) return std::nullopt;
    const sys_days new_year(std::chrono::year(*year) / January / 1);
    if (!reader.take('-')) return new_year;
    if (reader.take('W')) return read_week_date(reader, *year);
    if (reader.digits() == 3) {
        const auto day = reader.number(3, 366);
        if (!day || *day < 1) return std::nullopt;
        return new_year + days(*day - 1);
    }
    const auto month = reader.number(2, 12);
    if (!month) return std::nullopt;
    int day = 1;
    if (reader.take('-')) {
        const auto given = reader.number(2, 31);
        if (!given) return std::nullopt;
        day = *given;
    }
    const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                              std::chrono::day(static_cast<unsigned>(day)));
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

std::optional<int64_t> read_time(Reader& reader) {
    const auto hour = reader.number(2, 23);
    if (!hour) return std::nullopt;
    int64_t ms = *hour * int64_t{3'600'000};
    if (!reader.take(':')) return ms;
    const auto minute = reader.number(2, 59);
    if (!minute) return std::nullopt;
    ms += *minute * 60'000;
    if (!reader.take(':')) return ms;
    const auto second = reader.number(2, 59);
    if (!second) return std::nullopt;
    ms += *second * 1'000;
    if (!reader.take('.') && !reader.take(',')) return ms;
    const auto fraction = reader.thousandths();
    return fraction ? std::optional(ms + *fraction) : std::nullopt;
}

// Behind the time: "Z", "+05", "+05:30", "+0530", or nothing.
std::optional<int64_t> read_offset(Reader& reader) {
    if (reader.done() || reader.take('Z')) return 0;
    const bool west = reader.take('-');
    if (!west && !reader.take('+')) return std::nullopt;
    const auto hours = reader.number(2, 23);
    if (!hours) return std::nullopt;
    int64_t minutes = *hours * 60;
    if (reader.take(':') || reader.digits() == 2) {
        const auto more = reader.number(2, 59);
        if (!more) return std::nullopt;
        minutes += *more;
    }
    return minutes * 60'000 * (west ? -1 : 1);
}

}  // namespace

std::optional<int64_t> parse_iso_time(std::string_view text) {
    Reader reader(text);
    const auto day = read_date(reader);
    if (!day) return std::nullopt;
    const int64_t date_ms = duration_cast<milliseconds>(day->time_since_epoch()).count();
    if (reader.done()) return date_ms;
    if (!reader.take('T') && !reader.take(' ')) return std::nullopt;
    const auto time = read_time(reader);
    if (!time) return std::nullopt;
    const auto offset = read_offset(reader);
    if (!offset || !reader.done()) return std::nullopt;
    return date_ms + *time - *offset;
}

}  // namespace pinflow::connect
