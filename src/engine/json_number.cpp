#include "engine/json_number.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "engine/json_scanner.h"

namespace pinflow::engine {
namespace {

// An integer written with a point or an exponent: its digits, then shifted.
std::optional<int64_t> to_integer_slowly(std::string_view number) {
    std::string digits;
    size_t i = 0;
    if (number[0] == '-') digits += number[i++];
    const size_t sign = digits.size();
    int64_t shift = 0;
    bool behind_point = false;
    for (; i < number.size() && number[i] != 'e' && number[i] != 'E'; ++i) {
        if (number[i] == '.') {
            behind_point = true;
            continue;
        }
        if (digits.size() > sign || number[i] != '0') digits += number[i];
        if (behind_point) --shift;
    }
    if (digits.size() == sign) return 0;
    if (i < number.size()) {
        const auto exponent = parse_int(number.substr(i + (number[i + 1] == '+' ? 2 : 1)));
        if (!exponent || std::abs(*exponent) > 1'000'000) return std::nullopt;
        shift += *exponent;
    }
    for (; shift < 0 && digits.size() > sign && digits.back() == '0'; ++shift) digits.pop_back();
    if (shift < 0 || static_cast<size_t>(shift) + digits.size() > 20) return std::nullopt;
    digits.append(static_cast<size_t>(shift), '0');
    return parse_int(digits);
}

}  // namespace

bool is_json_number(std::string_view text) {
    JsonScanner scanner(text);
    std::string_view number;
    return scanner.number(number) && scanner.at_end();
}

std::optional<int64_t> to_integer(std::string_view number) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (end == number.data() + number.size()) return error == std::errc() ? std::optional(value) : std::nullopt;
    return to_integer_slowly(number);
}

std::optional<double> to_double(std::string_view number) {
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc()) return value;
    value = std::strtod(std::string(number).c_str(), nullptr);  // tells too large from too small
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace pinflow::engine
