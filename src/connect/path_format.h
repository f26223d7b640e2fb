// `path.format`: Joda-Time's patterns for dates and times, as DateTimeFormat.forPattern reads them. Which letters there
// are: docs/connect_s3.md.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "connect/time_zone.h"

namespace pinflow::connect {

class PathFormat {
  public:
    static Result<PathFormat> parse(std::string_view pattern);

    void append(std::string& out, int64_t utc_ms, const TimeZone& zone) const;
    bool has_words() const;  // names of months, days, halves of days: they are of a language

  private:
    struct Piece {
        char letter;  // 0: text
        int count;
        std::string text;
    };
    std::vector<Piece> pieces_;
};

}  // namespace pinflow::connect
