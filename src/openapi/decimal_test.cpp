#include "openapi/decimal.h"

#include <gtest/gtest.h>

namespace pinflow::openapi {
namespace {

TEST(Decimal, ComparesWhatNoDoubleCan) {
    const std::vector<std::string_view> rising = {"-1e400",
                                                  "-18446744073709551617",
                                                  "-18446744073709551616",
                                                  "-1.5",
                                                  "-1.25",
                                                  "0",
                                                  "1e-400",
                                                  "0.1",
                                                  "0.10001",
                                                  "1",
                                                  "9.99",
                                                  "10",
                                                  "1e2",
                                                  "18446744073709551616",
                                                  "18446744073709551617",
                                                  "1e400"};
    for (size_t a = 0; a < rising.size(); ++a)
        for (size_t b = 0; b < rising.size(); ++b)
            EXPECT_EQ(Decimal(rising[a]) <=> Decimal(rising[b]), a <=> b) << rising[a] << " " << rising[b];
}

TEST(Decimal, EqualNumbersHaveEqualTexts) {
    for (const auto& [a, b] : std::vector<std::pair<std::string_view, std::string_view>>{
             {"1", "1.0"}, {"100", "1E+2"}, {"0.010", "1e-2"}, {"-0", "0.00e7"}, {"-12.50", "-125e-1"}}) {
        EXPECT_EQ(Decimal(a).text(), Decimal(b).text());
        EXPECT_EQ(Decimal(a), Decimal(b));
    }
    EXPECT_NE(Decimal("1").text(), Decimal("-1").text());
    EXPECT_NE(Decimal("1").text(), Decimal("10").text());
    EXPECT_EQ(Decimal("1e99999999999999999999"), Decimal("1e1000000000"));
    EXPECT_EQ(Decimal("1e-99999999999999999999"), Decimal("1e-1000000000"));
}

TEST(Decimal, Multiples) {
    const auto is = [](std::string_view value, std::string_view divisor) {
        return Decimal(value).is_multiple_of(Decimal(divisor));
    };
    EXPECT_TRUE(is("0", "7"));
    EXPECT_TRUE(is("0.0075", "0.0001"));
    EXPECT_FALSE(is("0.00751", "0.0001"));
    EXPECT_TRUE(is("-4.5", "1.5"));
    EXPECT_FALSE(is("35", "1.5"));
    EXPECT_TRUE(is("700000000000000000000000000000000007", "7"));
    EXPECT_FALSE(is("700000000000000000000000000000000008", "7"));
    EXPECT_TRUE(is("1e1000000000", "2"));
    EXPECT_FALSE(is("1e1000000000", "3"));
    EXPECT_FALSE(is("5", "10"));
    EXPECT_TRUE(is("120", "20"));
    EXPECT_TRUE(is("998.999999001", "0.000000001"));
}

}  // namespace
}  // namespace pinflow::openapi
