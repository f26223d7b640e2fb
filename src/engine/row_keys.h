// The keys of a result's rows as fingerprints: 128 bits of a keyed hash over the values, so that many can be kept and
// nobody can make two keys that look the same.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/keyed_hash.h"
#include "engine/connection.h"

namespace pinflow::engine {

// Some rows, in the order in which they come out. Valid during the call that hands them over.
struct RowKeys {
    std::span<const KeyedHash::Value> keys;
    std::span<const bool> known;                   // false: a column of the key is null
    std::vector<std::span<const int64_t>> places;  // the columns behind the key
};
using OnRowKeys = std::function<Result<>(const RowKeys&)>;

// Of a SELECT whose first `key_columns` are BIGINT, VARCHAR or BLOB and whose others are BIGINT and never null.
Result<> stream_row_keys(Connection& connection, const std::string& select, size_t key_columns, KeyedHash& hash,
                         const OnRowKeys& on_keys);

}  // namespace pinflow::engine
