#include "openapi/decimal.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::openapi {
namespace {

constexpr int64_t most_exponent = 1'000'000'000;

int64_t exponent_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    const int64_t size = text.size() > 10 ? most_exponent : parse_int(text.empty() ? "0" : text).value_or(0);
    return negative ? -std::min(size, most_exponent) : std::min(size, most_exponent);
}

// base^exponent modulo a number of nine digits.
uint64_t power_modulo(uint64_t base, uint64_t exponent, uint64_t modulus) {
    uint64_t power = 1 % modulus;
    for (base %= modulus; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) power = power * base % modulus;
        base = base * base % modulus;
    }
    return power;
}

}  // namespace

Decimal::Decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const size_t mantissa = std::min(text.find_first_of("eE"), text.size());
    if (mantissa < text.size()) exponent_ = exponent_of(text.substr(mantissa + 1));
    text = text.substr(0, mantissa);
    const size_t point = std::min(text.find('.'), text.size());
    digits_ = text.substr(0, point);
    if (point < text.size()) {
        digits_ += text.substr(point + 1);
        exponent_ -= static_cast<int64_t>(text.size() - point - 1);
    }
    const size_t last = digits_.find_last_not_of('0');
    if (last == std::string::npos) {
        digits_.clear();
        exponent_ = 0;
        return;
    }
    exponent_ += static_cast<int64_t>(digits_.size() - last - 1);
    digits_.resize(last + 1);
    digits_.erase(0, digits_.find_first_not_of('0'));
    sign_ = negative ? -1 : 1;
}

std::string Decimal::text() const {
    if (sign_ == 0) return "0";
    return (sign_ < 0 ? "-" : "") + digits_ + "e" + std::to_string(exponent_);
}

// What ends further to the right than the divisor is no multiple: its last digit is no zero.
bool Decimal::is_multiple_of(const Decimal& divisor) const {
    if (sign_ == 0) return true;
    if (exponent_ < divisor.exponent_) return false;
    const auto modulus = static_cast<uint64_t>(parse_int(divisor.digits_).value_or(1));
    uint64_t rest = 0;
    for (const char digit : digits_) rest = (rest * 10 + static_cast<uint64_t>(digit - '0')) % modulus;
    return rest * power_modulo(10, static_cast<uint64_t>(exponent_ - divisor.exponent_), modulus) % modulus == 0;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    if (a.sign_ != b.sign_ || a.sign_ == 0) return a.sign_ <=> b.sign_;
    const Decimal &low = a.sign_ > 0 ? a : b, &high = a.sign_ > 0 ? b : a;  // by what they are without a sign
    const auto first_digit = [](const Decimal& x) { return x.exponent_ + static_cast<int64_t>(x.digits_.size()); };
    if (const auto order = first_digit(low) <=> first_digit(high); order != 0) return order;
    return low.digits_ <=> high.digits_;
}

}  // namespace pinflow::openapi
