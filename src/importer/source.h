// Where an import comes from: records in an order that is the same every time, so that it can go on where it stopped.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pinflow::importer {

// How far a partition has come: kept beside its records, in the same transaction.
struct Cursor {
    int64_t count = 0;  // of records, or the source's next offset if it has offsets
    std::string place;  // in the source's own words; at most 2 KiB
};

struct Header {
    const char* name;  // ends with a zero
    std::optional<std::string_view> value;
};

// Views are valid until the source is asked for the next one.
struct Row {
    int32_t partition = 0;
    std::optional<std::string_view> key, value;
    std::vector<Header> headers;
    std::optional<int64_t> timestamp_ms;  // nothing: the time of the import
};

enum class Got : uint8_t { row, nothing_yet, end };

// One thread.
class Source {
  public:
    virtual ~Source() = default;
    virtual std::string name() const = 0;  // tells one source from another: what is the same goes on
    // How many partitions the topic needs: partition numbers are kept.
    virtual Result<int32_t> partitions() = 0;
    // Before the first next(). conflict: what the cursor was made from is no longer there as it was.
    virtual Result<> resume(int32_t partition, const Cursor& cursor) = 0;
    virtual Result<Got> next(Row& row) = 0;
    // Behind the last row that next() gave of that partition.
    virtual Cursor cursor(int32_t partition) const = 0;
    virtual std::string progress() const = 0;            // for people: "object 3 of 120"
    virtual std::vector<std::string> left_out() const {  // for people, at the end: what was not taken, and why
        return {};
    }
};

}  // namespace pinflow::importer
