// Members of a JSON object in one of our own files: what is missing, or of another type, is named.
#pragma once
#include <simdjson.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::auth {

inline Result<std::string> text_of(simdjson::dom::element of, std::string_view name) {
    std::string_view text;
    if (of[name].get(text) != simdjson::SUCCESS) return fail(Code::corrupt, "there is no text \"{}\"", name);
    return std::string(text);
}

inline Result<simdjson::dom::array> array_of(simdjson::dom::element of, std::string_view name) {
    simdjson::dom::array array;
    if (of[name].get(array) != simdjson::SUCCESS) return fail(Code::corrupt, "there is no list \"{}\"", name);
    return array;
}

// The text as JSON of version 1. It belongs to the parser.
inline Result<simdjson::dom::element> parse_file(simdjson::dom::parser& parser, std::string_view text) {
    simdjson::dom::element root;
    int64_t version = 0;
    if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS)
        return fail(Code::corrupt, "this is not JSON");
    if (root["version"].get(version) != simdjson::SUCCESS || version != 1)
        return fail(Code::corrupt, "\"version\" must be 1");
    return root;
}

}  // namespace pinflow::auth
