// Time zones of the system's database (/usr/share/zoneinfo), and fixed offsets. Times are milliseconds since 1970 UTC;
// local times count as if the zone's clocks showed UTC.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace date {
class time_zone;
}

namespace pinflow::connect {

class TimeZone {
  public:
    // Europe/Paris, UTC, +05:30
    static Result<TimeZone> find(std::string_view name);

    int64_t offset_ms(int64_t utc_ms) const;
    int64_t to_local(int64_t utc_ms) const { return utc_ms + offset_ms(utc_ms); }
    // A time that the clocks show twice is the earlier one; one that they leave out is so much later.
    int64_t to_utc(int64_t local_ms) const;
    int64_t start_of_day(int64_t utc_ms) const;
    const std::string& name() const { return name_; }

  private:
    TimeZone(std::string name, const date::time_zone* zone, int64_t fixed_ms)
        : name_(std::move(name)), zone_(zone), fixed_ms_(fixed_ms) {}

    std::string name_;
    const date::time_zone* zone_;  // null: a fixed offset
    int64_t fixed_ms_;
};

// The next end of a period, counted from 00:00 of the zone's day; no period goes on into another day.
int64_t next_period(int64_t utc_ms, int64_t period_ms, const TimeZone& zone);

}  // namespace pinflow::connect
