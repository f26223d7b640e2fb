// The part of RecordParser that turns one JSON value into one cell.
#include <limits>

#include "base/text.h"
#include "engine/json_number.h"
#include "engine/record_parser.h"
#include "engine/timestamp.h"

namespace pinflow::engine {
namespace {

std::string_view wanted_words(FieldType type) {
    switch (type) {
        case FieldType::bigint:
            return "a whole number of 64 bits";
        case FieldType::integer:
            return "a whole number of 32 bits";
        case FieldType::double_:
            return "a number that fits a double";
        case FieldType::boolean:
            return "true or false";
        case FieldType::timestamp:
            return "a timestamp (2020-08-28 03:52:47, ISO 8601, 2018:03:09 00:09:06)";
        case FieldType::text:
            return "text";
        case FieldType::json:
            break;
    }
    return "JSON";
}

bool is_blank(std::string_view text) {
    return text.empty() || (text.front() <= ' ' && trim(text).empty());
}

bool means_nothing(const std::vector<std::string>& nothing, std::string_view text) {
    for (const std::string& one : nothing) {
        if (one.empty() ? is_blank(text) : text == one) return true;
    }
    return false;
}

// At most 40 bytes, never half a character.
std::string shortened(std::string_view value) {
    if (value.size() <= 40) return std::string(value);
    size_t end = 40;
    while (end > 0 && (value[end] & 0xC0) == 0x80) --end;
    return std::string(value.substr(0, end)) + "…";
}

}  // namespace

bool RecordParser::decode(const JsonString& string, std::string_view& into) {
    if (!string.escaped) {
        into = string.raw;
        return true;
    }
    char* const start = arena_.reserve(string.raw.size());
    const char* const end = decode_json_string(string.raw, start);
    if (end == nullptr) return fail(rule_json, "not JSON: an escape \\u is half of a surrogate pair");
    arena_.commit(static_cast<size_t>(end - start));
    into = {start, static_cast<size_t>(end - start)};
    return true;
}

std::string_view RecordParser::compact(std::string_view json) {
    if (json.find_first_of(" \n\r\t") == std::string_view::npos) return json;
    char* const start = arena_.reserve(json.size());
    const auto size = static_cast<size_t>(compact_json(json, start) - start);
    arena_.commit(size);
    return {start, size};
}

bool RecordParser::field_value(JsonScanner& scanner, size_t field) {
    if (seen_in_[field] == row_stamp_) {  // a duplicate key: what came before does not count
        std::erase_if(bad_fields_, [field](const BadField& bad) { return bad.field == field; });
        rescued_.forget(fields_[field].name);
    } else {
        seen_in_[field] = row_stamp_;
        ++seen_count_;
    }
    if (fields_[field].type == FieldType::json && scanner.peek() != 'n') return nested_value(scanner, field);
    switch (scanner.peek()) {
        case '"':
            return string_value(scanner, field);
        case '{':
        case '[':
            return nested_value(scanner, field);
        case 't':
        case 'f':
        case 'n':
            return word_value(scanner, field);
        default:
            break;
    }
    const char first = scanner.peek();
    std::string_view number;
    if (first != '-' && (first < '0' || first > '9')) scanner.fail("this is no JSON value");
    if (scanner.problem() != nullptr || !scanner.number(number)) return fail_json(scanner);
    set_scalar(field, number, '0');
    return true;
}

bool RecordParser::string_value(JsonScanner& scanner, size_t field) {
    JsonString string;
    if (!scanner.string(string)) return fail_json(scanner);
    std::string_view text;
    if (!decode(string, text)) return false;
    if (fields_[field].type == FieldType::text) {
        set_text(field, text);
    } else {
        set_scalar(field, text, '"');
    }
    return true;
}

bool RecordParser::nested_value(JsonScanner& scanner, size_t field) {
    const char* const start = scanner.here();
    if (!scanner.value()) return fail_json(scanner);
    const std::string_view json(start, static_cast<size_t>(scanner.here() - start));
    if (fields_[field].type == FieldType::json) {
        store_.set_text(field, compact(json));
    } else {
        refuse(field, json, json.front());
    }
    return true;
}

bool RecordParser::word_value(JsonScanner& scanner, size_t field) {
    if (scanner.take("null")) {
        store_.set_null(field);
    } else if (scanner.take("true")) {
        set_scalar(field, "true", 't');
    } else if (scanner.take("false")) {
        set_scalar(field, "false", 't');
    } else {
        scanner.fail("this is no JSON value");
        return fail_json(scanner);
    }
    return true;
}

void RecordParser::set_text(size_t field, std::string_view text) {
    if (means_nothing(fields_[field].nothing, text)) return store_.set_null(field);
    store_.set_text(field, text);
}

// `kind`: '"' from a string, 't' a boolean, '0' a number.
void RecordParser::set_scalar(size_t field, std::string_view text, char kind) {
    switch (fields_[field].type) {
        case FieldType::text:
            return set_text(field, text);
        case FieldType::json:
            return store_.set_text(field, text);
        case FieldType::boolean:
            if (kind == '0' || (text != "true" && text != "false")) return refuse(field, text, kind);
            return store_.set<bool>(field, text == "true");
        case FieldType::timestamp: {
            if (kind != '"') return refuse(field, text, kind);
            if (text.empty()) return store_.set_null(field);
            const auto micros = parse_timestamp(text);
            return micros ? store_.set<int64_t>(field, *micros) : refuse(field, text, kind);
        }
        default:
            break;
    }
    if (kind == 't' || (kind == '"' && !is_json_number(text))) return refuse(field, text, kind);
    set_number(field, text, kind);
}

void RecordParser::set_number(size_t field, std::string_view text, char kind) {
    if (fields_[field].type == FieldType::double_) {
        const auto value = to_double(text);
        return value ? store_.set<double>(field, *value) : refuse(field, text, kind);
    }
    const auto value = to_integer(text);
    if (!value) return refuse(field, text, kind);
    if (fields_[field].type == FieldType::bigint) return store_.set<int64_t>(field, *value);
    if (*value < std::numeric_limits<int32_t>::min() || *value > std::numeric_limits<int32_t>::max()) {
        return refuse(field, text, kind);
    }
    store_.set<int32_t>(field, static_cast<int32_t>(*value));
}

void RecordParser::refuse(size_t field, std::string_view value, char kind) {
    store_.set_null(field);
    if (rescues_) {
        refused_ = true;
        return;
    }
    const auto& [name, type, nothing, column] = fields_[field];
    const std::string_view quote = kind == '"' ? "\"" : "";
    const std::string what = kind == '{'   ? "an object"
                             : kind == '[' ? "an array"
                                           : fmt::format("{0}{1}{0}", quote, shortened(value));
    bad_fields_.push_back({field, fmt::format("field {}: {} is not {}", name, what, wanted_words(type))});
}

}  // namespace pinflow::engine
