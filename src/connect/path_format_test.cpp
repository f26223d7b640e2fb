#include "connect/path_format.h"

#include <gtest/gtest.h>

namespace pinflow::connect {
namespace {

// 2020-12-31T23:05:09.045Z, a Thursday of the 53rd week
constexpr int64_t new_years_eve = 1'609'455'909'045;

std::string text(const std::string& pattern, int64_t time = new_years_eve, const std::string& zone = "UTC") {
    const auto format = PathFormat::parse(pattern);
    if (!format) return "refused: " + format.error().message;
    std::string out;
    format->append(out, time, TimeZone::find(zone).value());
    return out;
}

TEST(PathFormat, WritesWhatPeoplePaste) {
    EXPECT_EQ(text("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH"), "year=2020/month=12/day=31/hour=23");
    EXPECT_EQ(text("YYYY-MM-dd"), "2020-12-31");
    EXPECT_EQ(text("'dt'=yyyyMMdd/'min'=mm"), "dt=20201231/min=05");
}

// What Joda-Time's DateTimeFormat prints for each letter.
TEST(PathFormat, KnowsJodasLetters) {
    EXPECT_EQ(text("C yy xxxx ww e D d M"), "20 20 2020 53 4 366 31 12");
    EXPECT_EQ(text("E EEEE MMM MMMM a G"), "Thu Thursday Dec December PM AD");
    EXPECT_EQ(text("K h H k m s S SS SSS SSSS"), "11 11 23 23 5 9 0 04 045 0450");
    EXPECT_EQ(text("Z ZZ ZZZ", new_years_eve, "Asia/Kolkata"), "+0530 +05:30 Asia/Kolkata");
    EXPECT_EQ(text("''HH'o''clock'"), "'23o'clock");
    EXPECT_EQ(text("xxxx-'W'ww-e", 1'609'459'200'000), "2020-W53-5");  // the first of January
}

TEST(PathFormat, RefusesWhatIsNoLetterOfIts) {
    EXPECT_TRUE(text("year=YYYY").starts_with("refused: Illegal pattern component: r")) << text("year=YYYY");
    EXPECT_TRUE(text("z").starts_with("refused"));
}

TEST(TimeZone, FollowsItsRules) {
    const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
    EXPECT_EQ(berlin.offset_ms(1'593'561'600'000), 7'200'000);
    EXPECT_EQ(berlin.offset_ms(new_years_eve), 3'600'000);
    // 2020-10-25: 02:30 is twice, the first time counts; 2020-03-29: 02:30 is not there.
    EXPECT_EQ(berlin.to_utc(1'603'593'000'000), 1'603'585'800'000);
    EXPECT_EQ(berlin.to_local(berlin.to_utc(1'585'449'000'000)), 1'585'452'600'000);
    EXPECT_EQ(TimeZone::find("-03:30").value().to_local(0), -12'600'000);
    EXPECT_FALSE(TimeZone::find("Mars/Phobos"));
    EXPECT_FALSE(TimeZone::find("../../etc/passwd"));
}

TEST(TimeZone, PeriodsBeginAtMidnight) {
    const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
    constexpr int64_t hour = 3'600'000;
    EXPECT_EQ(next_period(new_years_eve, hour, TimeZone::find("UTC").value()), 1'609'459'200'000);
    EXPECT_EQ(next_period(1'609'459'200'000, hour, berlin), 1'609'459'200'000 + hour);
    // 7 hours from 23:00Z: 06:00, 13:00, 20:00Z, then the day is over at 23:00Z
    EXPECT_EQ(next_period(1'609'452'000'000 - hour, 7 * hour, berlin), 1'609'455'600'000);
    EXPECT_EQ(next_period(new_years_eve, 100 * hour, berlin), 1'609'542'000'000);
}

}  // namespace
}  // namespace pinflow::connect
