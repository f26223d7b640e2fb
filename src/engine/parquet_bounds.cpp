#include "engine/parquet_bounds.h"

#include <fmt/format.h>

#include "engine/parquet_stats.h"

namespace pinflow::engine {
namespace {

constexpr size_t longest_bound = 256;  // a longer bound costs more than it saves

template <class T>
std::string bytes_of(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

template <class T>
ValueBounds::Pair bytes_of(T least, T greatest) {
    return {bytes_of(least), bytes_of(greatest)};
}

// Readers may take 0.0 and -0.0 for different values.
double below(double value) {
    return value == 0 ? -0.0 : value;
}
double above(double value) {
    return value == 0 ? 0.0 : value;
}

}  // namespace

void ValueBounds::merge(const ValueBounds& other) {
    integers_.merge(other.integers_);
    reals_.merge(other.reals_);
    nan_ = nan_ || other.nan_;
    if (!other.texts_.any) return;
    add_text(other.texts_.least);
    add_text(other.texts_.greatest);
}

std::optional<ValueBounds::Pair> ValueBounds::encoded(duckdb_type type) const {
    switch (type) {
        case DUCKDB_TYPE_FLOAT:
            if (nan_ || !reals_.any) return std::nullopt;
            return bytes_of(static_cast<float>(below(reals_.least)), static_cast<float>(above(reals_.greatest)));
        case DUCKDB_TYPE_DOUBLE:
            if (nan_ || !reals_.any) return std::nullopt;
            return bytes_of(below(reals_.least), above(reals_.greatest));
        case DUCKDB_TYPE_VARCHAR:
        case DUCKDB_TYPE_BLOB:
            if (!texts_.any || std::max(texts_.least.size(), texts_.greatest.size()) > longest_bound)
                return std::nullopt;
            return Pair{texts_.least, texts_.greatest};
        default:
            break;
    }
    if (!integers_.any) return std::nullopt;
    if (type == DUCKDB_TYPE_BOOLEAN) return bytes_of(integers_.least != 0, integers_.greatest != 0);
    if (type == DUCKDB_TYPE_BIGINT || type == DUCKDB_TYPE_TIMESTAMP || type == DUCKDB_TYPE_TIMESTAMP_TZ)
        return bytes_of(integers_.least, integers_.greatest);
    return bytes_of(static_cast<int32_t>(integers_.least), static_cast<int32_t>(integers_.greatest));
}

std::pair<std::optional<std::string>, std::optional<std::string>> ValueBounds::json(duckdb_type type) const {
    if (integers_.any)
        return {integer_bound(type, integers_.least, false), integer_bound(type, integers_.greatest, true)};
    if (texts_.any) return {text_bound(type, texts_.least, false), text_bound(type, texts_.greatest, true)};
    if (reals_.any && !nan_) return {real_bound(type, reals_.least), real_bound(type, reals_.greatest)};
    return {};
}

}  // namespace pinflow::engine
