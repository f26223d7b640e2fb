// The one parse of a record: JSON text straight into typed columns that DuckDB reads without a copy.
//
// What a record may be: a JSON object (one row), an array of objects (one row each), a JSON string that holds either,
// or base64 text of either; string and base64 are unwrapped once each, also on an array's elements. No value
// (tombstone) and [] are skipped and counted. Everything else is rejected whole, with the rule and a message.
// The text is checked strictly (RFC 8259, UTF-8), also in the parts nobody asked for; a byte order mark is passed over.
//
// How a JSON value becomes a field's type (null and a missing field are null; the last of duplicate keys wins;
// names are case-sensitive; unknown fields are checked and passed over):
//   bigint, integer  a number without a fraction that fits (33, 33.0, 1e3), or a string that is exactly one
//   double           a finite number, or a string that is exactly one
//   boolean          true or false, or a string that is exactly one of these
//   text             a string; the text of a number (as written) or boolean; objects and arrays are rejected; null
//                    if it is one of Field::nothing
//   timestamp        a string: 2020-08-28, 2020-08-28 03:52:47, with T, a fraction (cut to microseconds) and a zone
//                    (Z, +01, +0130, +01:30), and 2018:03:09 00:09:06; years 0001 to 9999; read as UTC; "" is null
//   json             any value, as compact JSON text
//
// Memory: views into the records' bytes are kept (columns and rejected()), so the caller keeps those bytes alive until
// clear(). One thread at a time may add; while statements read the batch nobody may add or clear.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace pinflow::engine {

enum class FieldType : uint8_t { bigint, integer, double_, text, boolean, timestamp, json };
std::optional<FieldType> parse_field_type(std::string_view name);  // bigint, integer, double, text, …
std::string_view type_name(FieldType type);

struct Field {
    std::string name;
    FieldType type;
    std::vector<std::string> nothing = {};  // texts that mean null; "" stands for all text that is empty or blank
    std::string column = {};                // its name in SQL; empty: as `name`
};

struct RecordIn {
    std::string_view topic;
    int32_t partition = 0;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<Bytes> key;
    std::optional<Bytes> value;
    int32_t part = 0;   // which of the records that came as one at this offset
    int32_t parts = 1;  // of so many
};

// Rules that the parse itself applies.
inline constexpr std::string_view rule_json = "json";      // not JSON, or not UTF-8
inline constexpr std::string_view rule_object = "object";  // JSON, but no object and no array of objects
inline constexpr std::string_view rule_type = "type";      // a value that its field's type cannot take

struct Rejected {
    RecordIn record;
    uint32_t record_number;  // what `_record` would be
    std::string rule;
    std::string message;
};

class JsonColumns {
  public:
    // With rescue nothing of an object is passed over and no field is refused: what no field takes stands in one more
    // column, _rescued, as the text of a JSON object; null if there is nothing.
    explicit JsonColumns(std::vector<Field> fields, bool rescue = false);
    ~JsonColumns();
    JsonColumns(const JsonColumns&) = delete;
    JsonColumns& operator=(const JsonColumns&) = delete;

    void add(const RecordIn& record);
    void clear();  // forgets rows and rejected records, keeps the memory

    const std::vector<Field>& fields() const;
    const std::vector<Rejected>& rejected() const;
    size_t record_count() const;  // added since clear(), in all
    size_t row_count() const;
    size_t skipped() const;                                // tombstones and empty arrays
    const std::vector<std::string_view>& rescued() const;  // the texts in _rescued that are not null
    size_t memory_bytes() const;

    struct Impl;
    Impl& impl() { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::engine
