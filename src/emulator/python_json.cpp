#include "emulator/python_json.h"

#include <simdjson.h>

#include "base/text.h"

namespace pinflow::emulator {
namespace {

void append_unit(std::string& out, uint32_t unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> shift) & 15];
}

void append_code_point(std::string& out, uint32_t code) {
    if (code < 0x10000) return append_unit(out, code);
    append_unit(out, 0xd800 + ((code - 0x10000) >> 10));
    append_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
}

struct Decoded {
    uint32_t code = 0xfffd;
    size_t length = 1;
};

// One character of UTF-8 at `at`, which is not ASCII; one replaced byte if it is broken.
Decoded decode(std::string_view text, size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > text.size() || !is_valid_utf8(text.substr(at, length))) return {};
    uint32_t code = lead & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    return {code, length};
}

void append_escaped_ascii(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\b':
            out += "\\b";
            return;
        default:
            append_unit(out, static_cast<unsigned char>(c));
    }
}

bool is_plain(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

using Value = simdjson::ondemand::value;

constexpr int deepest = 200;  // arrays and objects in each other; a recursion a level

simdjson::error_code append_value(std::string& out, Value value, int depth);

simdjson::error_code append_object(std::string& out, simdjson::ondemand::object object, int depth) {
    out += '{';
    bool first = true;
    for (auto entry : object) {
        std::string_view key;
        Value value;
        if (const auto error = entry.unescaped_key().get(key)) return error;
        if (const auto error = entry.value().get(value)) return error;
        if (!first) out += ", ";
        first = false;
        append_python_string(out, key);
        out += ": ";
        if (const auto error = append_value(out, value, depth)) return error;
    }
    out += '}';
    return simdjson::SUCCESS;
}

simdjson::error_code append_array(std::string& out, simdjson::ondemand::array array, int depth) {
    out += '[';
    bool first = true;
    for (auto element : array) {
        Value value;
        if (const auto error = element.get(value)) return error;
        if (!first) out += ", ";
        first = false;
        if (const auto error = append_value(out, value, depth)) return error;
    }
    out += ']';
    return simdjson::SUCCESS;
}

// Numbers, true, false and null: checked, then copied as they stand.
template <class T>
simdjson::error_code append_scalar(std::string& out, T& value, simdjson::ondemand::json_type type) {
    using simdjson::ondemand::json_type;
    std::string_view token = pinflow::trim(value.raw_json_token());
    simdjson::error_code error = simdjson::SUCCESS;
    if (type == json_type::number) {
        double number = 0;
        error = value.get_double().get(number);
        if (error == simdjson::NUMBER_ERROR && token.find_first_not_of("-0123456789") == token.npos) {
            error = simdjson::SUCCESS;  // an integer beyond double is a number too
        }
    } else if (type == json_type::boolean) {
        bool boolean = false;
        error = value.get_bool().get(boolean);
    } else if (!(token == "null")) {
        error = simdjson::N_ATOM_ERROR;
    }
    if (!error) out += token;
    return error;
}

template <class T>
simdjson::error_code append_any(std::string& out, T& value, int depth) {
    using simdjson::ondemand::json_type;
    if (depth > deepest) return simdjson::DEPTH_ERROR;
    json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (type == json_type::object) {
        simdjson::ondemand::object object;
        if (const auto error = value.get_object().get(object)) return error;
        return append_object(out, object, depth + 1);
    }
    if (type == json_type::array) {
        simdjson::ondemand::array array;
        if (const auto error = value.get_array().get(array)) return error;
        return append_array(out, array, depth + 1);
    }
    if (type == json_type::string) {
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return error;
        append_python_string(out, text);
        return simdjson::SUCCESS;
    }
    return append_scalar(out, value, type);
}

simdjson::error_code append_value(std::string& out, Value value, int depth) {
    return append_any(out, value, depth);
}

}  // namespace

void append_python_string(std::string& out, std::string_view text) {
    out += '"';
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size() && is_plain(text[end])) ++end;
        out.append(text, at, end - at);
        at = end;
        if (at == text.size()) break;
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            append_escaped_ascii(out, text[at++]);
            continue;
        }
        const Decoded decoded = decode(text, at);
        append_code_point(out, decoded.code);
        at += decoded.length;
    }
    out += '"';
}

Result<std::string> to_python_json(std::string_view json) {
    thread_local simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(json);
    simdjson::ondemand::document document;
    std::string out;
    auto error = parser.iterate(padded).get(document);
    if (!error) error = append_any(out, document, 0);
    if (!error && !document.current_location().error()) error = simdjson::TRAILING_CONTENT;
    if (error) return fail(Code::invalid, "not JSON: {}", simdjson::error_message(error));
    return out;
}

std::string python_string(std::string_view text) {
    std::string out;
    append_python_string(out, text);
    return out;
}

}  // namespace pinflow::emulator
