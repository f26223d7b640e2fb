// The least and the greatest of the values seen, for Parquet's statistics and for Delta's.
#pragma once
#include <duckdb.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::engine {

template <class T>
struct MinMax {
    T least{};
    T greatest{};
    bool any = false;

    template <class V>
    void add(const V& value) {
        if (!any || value < least) least = value;
        if (!any || value > greatest) greatest = value;
        any = true;
    }
    void merge(const MinMax& other) {
        if (!other.any) return;
        add(other.least);
        add(other.greatest);
    }
};

// Which of the three is used depends on the column's type.
class ValueBounds {
  public:
    void add_integer(int64_t value) { integers_.add(value); }
    void add_real(double value) {
        if (std::isnan(value))
            nan_ = true;
        else
            reals_.add(value);
    }
    void add_text(std::string_view value) {
        const uint64_t front = front_of(value);  // decides nearly always
        if (front > least_front_ && front < greatest_front_) return;
        texts_.add(value);
        least_front_ = front_of(texts_.least);
        greatest_front_ = front_of(texts_.greatest);
    }
    void merge(const ValueBounds& other);
    void clear() { *this = ValueBounds(); }

    struct Pair {
        std::string least;
        std::string greatest;
    };
    // As a value in a page, without a length; nothing if there is none, or none that may be trusted.
    std::optional<Pair> encoded(duckdb_type type) const;
    // As Delta's stats want them; each may be missing.
    std::pair<std::optional<std::string>, std::optional<std::string>> json(duckdb_type type) const;

  private:
    static uint64_t front_of(std::string_view text) {
        uint64_t front = 0;
        if (!text.empty()) std::memcpy(&front, text.data(), std::min(text.size(), sizeof front));
        return __builtin_bswap64(front);
    }

    MinMax<int64_t> integers_;
    MinMax<double> reals_;
    MinMax<std::string> texts_;
    uint64_t least_front_ = UINT64_MAX;
    uint64_t greatest_front_ = 0;
    bool nan_ = false;
};

}  // namespace pinflow::engine
