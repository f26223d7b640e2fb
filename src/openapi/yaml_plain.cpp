#include "openapi/yaml_plain.h"

#include <charconv>

namespace pinflow::openapi {
namespace {

// Those that are numbers of JSON too: "+1", "0x1F" and ".5" stay texts.
bool is_number(const std::string& text) {
    const char* const begin = text.data() + (text.starts_with('-') ? 1 : 0);
    const char* const end = text.data() + text.size();
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (begin == end || !is_digit(*begin)) return false;
    if (*begin == '0' && end - begin > 1 && is_digit(begin[1])) return false;
    if (!is_digit(*(end - 1)) || text.contains(".e") || text.contains(".E")) return false;
    double number = 0;
    const auto [stop, error] = std::from_chars(begin, end, number);
    return stop == end && (error == std::errc() || error == std::errc::result_out_of_range);
}

}  // namespace

Json yaml_plain_value(std::string text) {
    for (const char* none : {"", "~", "null", "Null", "NULL"})
        if (text == none) return {};
    for (const char* yes : {"true", "True", "TRUE"})
        if (text == yes) return Json(true);
    for (const char* no : {"false", "False", "FALSE"})
        if (text == no) return Json(false);
    if (is_number(text)) return Json(Json::Number{std::move(text)});
    return Json(std::move(text));
}

}  // namespace pinflow::openapi
