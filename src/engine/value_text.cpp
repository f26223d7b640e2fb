#include "engine/value_text.h"

#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "engine/timestamp.h"

namespace pinflow::engine {
namespace {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

template <class T>
T load(duckdb_vector vector, size_t row) {
    return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

std::string digits(UInt128 value) {
    std::string text;
    do {
        text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
        value /= 10;
    } while (value != 0);
    return text;
}

// value / 10^scale with all its digits.
void append_scaled(std::string& out, Int128 value, size_t scale) {
    const bool negative = value < 0;
    std::string text = digits(negative ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value));
    if (scale > 0) {
        if (text.size() <= scale) text.insert(0, scale + 1 - text.size(), '0');
        text.insert(text.size() - scale, 1, '.');
    }
    if (negative) out += '-';
    out += text;
}

Int128 load_hugeint(duckdb_vector vector, size_t row) {
    const auto value = load<duckdb_hugeint>(vector, row);
    return static_cast<Int128>((static_cast<UInt128>(static_cast<uint64_t>(value.upper)) << 64) | value.lower);
}

Int128 load_internal(duckdb_type internal, duckdb_vector vector, size_t row) {
    switch (internal) {
        case DUCKDB_TYPE_SMALLINT:
            return load<int16_t>(vector, row);
        case DUCKDB_TYPE_INTEGER:
            return load<int32_t>(vector, row);
        case DUCKDB_TYPE_BIGINT:
            return load<int64_t>(vector, row);
        case DUCKDB_TYPE_UTINYINT:
            return load<uint8_t>(vector, row);
        case DUCKDB_TYPE_USMALLINT:
            return load<uint16_t>(vector, row);
        case DUCKDB_TYPE_UINTEGER:
            return load<uint32_t>(vector, row);
        default:
            return load_hugeint(vector, row);
    }
}

template <class T>
void append_floating(std::string& out, T value) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.begin(), buffer.end(), value).ptr;
    const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
    out += text;
    if (text.find_first_not_of("-0123456789") == std::string_view::npos) out += ".0";  // it is no integer column
}

std::string_view not_finite(double value) {
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

void append_interval(std::string& out, duckdb_interval value) {
    const auto part = [&out](int64_t count, std::string_view unit) {
        if (count != 0) fmt::format_to(std::back_inserter(out), "{} {}{} ", count, unit, count == 1 ? "" : "s");
    };
    part(value.months / 12, "year");
    part(value.months % 12, "month");
    part(value.days, "day");
    if (value.micros < 0) out += '-';
    append_time(out, std::abs(value.micros));
}

void append_uuid(std::string& out, duckdb_hugeint value) {
    Uuid uuid;
    store_big_endian(uuid.bytes.data(), static_cast<uint64_t>(value.upper) ^ (uint64_t{1} << 63));  // sorts as text
    store_big_endian(uuid.bytes.data() + 8, value.lower);
    out += uuid.text();
}

// Numbers and booleans: the same text in JSON and plain. False if it is neither.
bool append_number(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    const auto integer = [&](auto value) { return fmt::format_to(std::back_inserter(out), "{}", value), true; };
    switch (type.id) {
        case DUCKDB_TYPE_BOOLEAN:
            return out += load<bool>(vector, row) ? "true" : "false", true;
        case DUCKDB_TYPE_TINYINT:
            return integer(static_cast<int>(load<int8_t>(vector, row)));
        case DUCKDB_TYPE_SMALLINT:
            return integer(load<int16_t>(vector, row));
        case DUCKDB_TYPE_INTEGER:
            return integer(load<int32_t>(vector, row));
        case DUCKDB_TYPE_BIGINT:
            return integer(load<int64_t>(vector, row));
        case DUCKDB_TYPE_UTINYINT:
            return integer(static_cast<unsigned>(load<uint8_t>(vector, row)));
        case DUCKDB_TYPE_USMALLINT:
            return integer(load<uint16_t>(vector, row));
        case DUCKDB_TYPE_UINTEGER:
            return integer(load<uint32_t>(vector, row));
        case DUCKDB_TYPE_UBIGINT:
            return integer(load<uint64_t>(vector, row));
        case DUCKDB_TYPE_HUGEINT:
            return append_scaled(out, load_hugeint(vector, row), 0), true;
        case DUCKDB_TYPE_UHUGEINT:
            return out += digits(static_cast<UInt128>(load_hugeint(vector, row))), true;
        case DUCKDB_TYPE_DECIMAL:
            return append_scaled(out, load_internal(type.internal, vector, row), type.scale), true;
        default:
            return false;
    }
}

// A FLOAT or DOUBLE; text if it is not finite, as Spark writes it.
bool append_real(std::string& out, const ValueType& type, duckdb_vector vector, size_t row, std::string_view quote) {
    if (type.id != DUCKDB_TYPE_FLOAT && type.id != DUCKDB_TYPE_DOUBLE) return false;
    const bool is_float = type.id == DUCKDB_TYPE_FLOAT;
    const double value = is_float ? static_cast<double>(load<float>(vector, row)) : load<double>(vector, row);
    if (!std::isfinite(value))
        return fmt::format_to(std::back_inserter(out), "{0}{1}{0}", quote, not_finite(value)), true;
    if (is_float) return append_floating(out, load<float>(vector, row)), true;
    return append_floating(out, value), true;
}

bool append_moment(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    switch (type.id) {
        case DUCKDB_TYPE_DATE:
            return append_date(out, load<int32_t>(vector, row)), true;
        case DUCKDB_TYPE_TIME:
            return append_time(out, load<int64_t>(vector, row)), true;
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return append_timestamp(out, load<int64_t>(vector, row)), true;
        case DUCKDB_TYPE_TIMESTAMP_S:
            return append_timestamp(out, load<int64_t>(vector, row) * 1'000'000), true;
        case DUCKDB_TYPE_TIMESTAMP_MS:
            return append_timestamp(out, load<int64_t>(vector, row) * 1000), true;
        case DUCKDB_TYPE_TIMESTAMP_NS:
            return append_timestamp_nanos(out, load<int64_t>(vector, row)), true;
        case DUCKDB_TYPE_INTERVAL:
            return append_interval(out, load<duckdb_interval>(vector, row)), true;
        default:
            return false;
    }
}

// What JSON quotes, unquoted: text, binary, times, enums, ids. False for nested values.
bool append_scalar_text(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    if (append_moment(out, type, vector, row)) return true;
    switch (type.id) {
        case DUCKDB_TYPE_VARCHAR:
            return out += as_text(bytes_at(vector, row)), true;
        case DUCKDB_TYPE_BLOB:
            return out += base64_encode(bytes_at(vector, row)), true;
        case DUCKDB_TYPE_UUID:
            return append_uuid(out, load<duckdb_hugeint>(vector, row)), true;
        case DUCKDB_TYPE_ENUM:
            return out += type.names[static_cast<size_t>(load_internal(type.internal, vector, row))], true;
        default:
            return false;
    }
}

void append_elements(std::string& out, const ValueType& type, duckdb_vector child, size_t first, size_t count) {
    out += '[';
    for (size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_json_value(out, type, child, first + i);
    }
    out += ']';
}

void append_map(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    const auto entry = load<duckdb_list_entry>(vector, row);
    const duckdb_vector pairs = duckdb_list_vector_get_child(vector);
    const duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
    const duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
    out += '{';
    for (size_t i = entry.offset; i < entry.offset + entry.length; ++i) {
        if (i > entry.offset) out += ',';
        std::string key;
        append_plain_value(key, type.children[0], keys, i);
        append_json_string(out, key);
        out += ':';
        append_json_value(out, type.children[1], values, i);
    }
    out += '}';
}

void append_struct(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    out += '{';
    for (size_t i = 0; i < type.children.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, type.names[i]);
        out += ':';
        append_json_value(out, type.children[i], duckdb_struct_vector_get_child(vector, i), row);
    }
    out += '}';
}

void append_nested(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    switch (type.id) {
        case DUCKDB_TYPE_LIST: {
            const auto entry = load<duckdb_list_entry>(vector, row);
            return append_elements(out, type.children[0], duckdb_list_vector_get_child(vector), entry.offset,
                                   entry.length);
        }
        case DUCKDB_TYPE_ARRAY:
            return append_elements(out, type.children[0], duckdb_array_vector_get_child(vector), row * type.array_size,
                                   type.array_size);
        case DUCKDB_TYPE_MAP:
            return append_map(out, type, vector, row);
        case DUCKDB_TYPE_STRUCT:
            return append_struct(out, type, vector, row);
        case DUCKDB_TYPE_UNION: {  // the value alone; the first child is the tag
            const auto tag = load<uint8_t>(duckdb_struct_vector_get_child(vector, 0), row);
            return append_json_value(out, type.children[tag],
                                     duckdb_struct_vector_get_child(vector, static_cast<idx_t>(tag) + 1), row);
        }
        default:
            out += "null";
    }
}

}  // namespace

bool is_null_at(duckdb_vector vector, size_t row) {
    uint64_t* validity = duckdb_vector_get_validity(vector);
    return validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
}

Bytes bytes_at(duckdb_vector vector, size_t row) {
    auto* text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
    return as_bytes({duckdb_string_t_data(text), duckdb_string_t_length(*text)});
}

void append_json_value(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    if (is_null_at(vector, row)) {
        out += "null";
        return;
    }
    if (append_number(out, type, vector, row) || append_real(out, type, vector, row, "\"")) return;
    if (type.id == DUCKDB_TYPE_VARCHAR) return append_json_string(out, as_text(bytes_at(vector, row)));
    std::string text;
    if (append_scalar_text(text, type, vector, row)) return append_json_string(out, text);
    append_nested(out, type, vector, row);
}

void append_plain_value(std::string& out, const ValueType& type, duckdb_vector vector, size_t row) {
    if (is_null_at(vector, row)) return;
    if (append_number(out, type, vector, row) || append_real(out, type, vector, row, "")) return;
    if (!append_scalar_text(out, type, vector, row)) append_nested(out, type, vector, row);
}

}  // namespace pinflow::engine
