// Numbers of JSON compared as they stand there, whatever their size: no double is exact about 0.1 or 2^64.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinflow::openapi {

class Decimal {
  public:
    // Of the text of a JSON number. An exponent beyond a billion counts as a billion.
    explicit Decimal(std::string_view json_number);

    int sign() const { return sign_; }                  // -1, 0, 1
    size_t digits() const { return digits_.size(); }    // that count
    std::string text() const;                           // equal numbers have equal texts
    bool is_multiple_of(const Decimal& divisor) const;  // that has 1 to most_divisor_digits digits
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == std::strong_ordering::equal; }

    static constexpr size_t most_divisor_digits = 9;

  private:
    // digits * 10^exponent, without zeros at either end.
    int sign_ = 0;
    std::string digits_;
    int64_t exponent_ = 0;
};

}  // namespace pinflow::openapi
