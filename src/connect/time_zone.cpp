#include "connect/time_zone.h"

#include <date/tz.h>

#include "base/text.h"

namespace pinflow::connect {
namespace {

using std::chrono::milliseconds;

constexpr int64_t day_ms = 86'400'000;

// "+05:30": nothing if it is no offset.
std::optional<int64_t> parse_offset(std::string_view text) {
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = parse_int(text.substr(1, 2));
    const auto minutes = parse_int(text.substr(4));
    if (!hours || !minutes || *hours < 0 || *hours > 23 || *minutes < 0 || *minutes > 59) return std::nullopt;
    return (*hours * 60 + *minutes) * 60'000 * (text[0] == '-' ? -1 : 1);
}

int64_t floor_day(int64_t ms) {
    const int64_t rest = ms % day_ms;
    return ms - rest - (rest < 0 ? day_ms : 0);
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    if (const auto offset = parse_offset(name)) return TimeZone(std::string(name), nullptr, *offset);
    if (name == "UTC" || name == "GMT" || name == "Z") return TimeZone("UTC", nullptr, 0);
    try {  // the library's only way to say that it does not know
        return TimeZone(std::string(name), date::locate_zone(std::string(name)), 0);
    } catch (const std::exception&) {
        return fail(Code::invalid,
                    "The datetime zone id '{}' is not recognised: names are as Europe/Paris or UTC, offsets as +05:30",
                    name);
    }
}

int64_t TimeZone::offset_ms(int64_t utc_ms) const {
    if (zone_ == nullptr) return fixed_ms_;
    const auto info = zone_->get_info(date::sys_time<milliseconds>(milliseconds(utc_ms)));
    return milliseconds(info.offset).count();
}

int64_t TimeZone::to_utc(int64_t local_ms) const {
    if (zone_ == nullptr) return local_ms - fixed_ms_;
    const auto info = zone_->get_info(date::local_time<milliseconds>(milliseconds(local_ms)));
    return local_ms - milliseconds(info.first.offset).count();
}

int64_t TimeZone::start_of_day(int64_t utc_ms) const {
    return to_utc(floor_day(to_local(utc_ms)));
}

int64_t next_period(int64_t utc_ms, int64_t period_ms, const TimeZone& zone) {
    const int64_t today = zone.start_of_day(utc_ms);
    const int64_t tomorrow = zone.to_utc(floor_day(zone.to_local(utc_ms)) + day_ms);
    if (period_ms >= tomorrow - today) return tomorrow;
    const int64_t next = today + ((utc_ms - today) / period_ms + 1) * period_ms;
    return std::min(next, tomorrow);
}

}  // namespace pinflow::connect
