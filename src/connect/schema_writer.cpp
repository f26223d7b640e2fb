#include <charconv>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "connect/connect_schema.h"

namespace pinflow::connect {
namespace {

constexpr std::string_view type_name(SchemaType type) {
    constexpr std::array<std::string_view, 12> names = {"INT8",    "INT16",  "INT32", "INT64", "FLOAT32", "FLOAT64",
                                                        "BOOLEAN", "STRING", "BYTES", "ARRAY", "MAP",     "STRUCT"};
    return names[static_cast<size_t>(type)];
}

std::unexpected<Refusal> mismatch(SchemaType type, const Json& value) {
    std::string text = value.compact();
    if (text.size() > 100) text = text.substr(0, 100) + "…";
    return refuse(exception::data, "Invalid value for schema type {}: {}", type_name(type), text);
}

Accepted<> write_integer(std::string& out, const ConnectSchema& schema, const Json& value) {
    const SchemaType type = schema.type;
    const std::string* text = value.number();
    const auto number = text == nullptr ? std::nullopt : parse_int(*text);
    constexpr std::array<int64_t, 4> most = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
    const int64_t limit = most[static_cast<size_t>(type)];
    if (!number || *number > limit || *number < -limit - 1) return mismatch(type, value);
    // Times that no column can hold.
    constexpr int64_t last_ms = 9'000'000'000'000'000, last_day = 2'000'000'000;
    if (schema.name == logical::timestamp && (*number > last_ms || *number < -last_ms)) return mismatch(type, value);
    if (schema.name == logical::date && (*number > last_day || *number < -last_day)) return mismatch(type, value);
    out += *text;
    return {};
}

Accepted<> write_array(std::string& out, const ConnectSchema& schema, const Json& value) {
    if (value.list() == nullptr) return mismatch(schema.type, value);
    out += '[';
    for (const Json& each : *value.list()) {
        if (out.back() != '[') out += ',';
        if (auto written = write_by_schema(out, *schema.value, each); !written) return written;
    }
    out += ']';
    return {};
}

// Maps with texts as keys are objects; others are arrays of pairs.
Accepted<> write_map(std::string& out, const ConnectSchema& schema, const Json& value) {
    const bool by_text = schema.key->type == SchemaType::string && !schema.key->is_optional;
    if (by_text && value.object() != nullptr) {
        out += '{';
        for (const auto& [key, each] : value.object()->members()) {
            if (out.back() != '{') out += ',';
            append_json_string(out, key);
            out += ':';
            if (auto written = write_by_schema(out, *schema.value, each); !written) return written;
        }
        out += '}';
        return {};
    }
    if (by_text || value.list() == nullptr) return mismatch(schema.type, value);
    out += '[';
    for (const Json& pair : *value.list()) {
        if (out.back() != '[') out += ',';
        if (pair.list() == nullptr || pair.list()->size() != 2) return mismatch(schema.type, value);
        out += '[';
        if (auto written = write_by_schema(out, *schema.key, (*pair.list())[0]); !written) return written;
        out += ',';
        if (auto written = write_by_schema(out, *schema.value, (*pair.list())[1]); !written) return written;
        out += ']';
    }
    out += ']';
    return {};
}

Accepted<> write_structure(std::string& out, const ConnectSchema& schema, const Json& value) {
    if (value.object() == nullptr) return mismatch(schema.type, value);
    static const Json nothing;
    out += '{';
    for (const ConnectSchema::Field& field : schema.fields) {
        if (out.back() != '{') out += ',';
        append_json_string(out, field.name);
        out += ':';
        const Json* given = value.find(field.name);
        if (auto written = write_by_schema(out, field.schema, given == nullptr ? nothing : *given); !written)
            return refuse(exception::data, "field \"{}\": {}", field.name, written.error().message);
    }
    out += '}';
    return {};
}

bool is_in_range(std::string_view number) {
    double value = 0;
    return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}

Accepted<> write_plain(std::string& out, SchemaType type, const Json& value) {
    const bool fits = type == SchemaType::boolean                               ? value.boolean() != nullptr
                      : type == SchemaType::string || type == SchemaType::bytes ? value.text() != nullptr
                                                                                : value.number() != nullptr;
    if (!fits) return mismatch(type, value);
    if (type == SchemaType::bytes && !base64_decode(*value.text())) return mismatch(type, value);
    if ((type == SchemaType::float32 || type == SchemaType::float64) && !is_in_range(*value.number()))
        return mismatch(type, value);
    value.append_compact(out);
    return {};
}

}  // namespace

Accepted<> write_by_schema(std::string& out, const ConnectSchema& schema, const Json& payload) {
    if (payload.is_null() && schema.default_value) return write_by_schema(out, schema, *schema.default_value);
    if (payload.is_null()) {
        if (!schema.is_optional)
            return refuse(exception::data, "Invalid null value for required {} field", type_name(schema.type));
        out += "null";
        return {};
    }
    switch (schema.type) {
        case SchemaType::int8:
        case SchemaType::int16:
        case SchemaType::int32:
        case SchemaType::int64:
            return write_integer(out, schema, payload);
        case SchemaType::array:
            return write_array(out, schema, payload);
        case SchemaType::map:
            return write_map(out, schema, payload);
        case SchemaType::structure:
            return write_structure(out, schema, payload);
        default:
            return write_plain(out, schema.type, payload);
    }
}

}  // namespace pinflow::connect
