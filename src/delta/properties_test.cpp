#include "delta/properties.h"

#include <gmock/gmock.h>

namespace pinflow::delta {
namespace {

using testing::HasSubstr;

constexpr int64_t hour_ms = 3'600'000;

TEST(Interval, AddsUpItsParts) {
    EXPECT_EQ(parse_interval_ms("interval 30 days 12 hours"), (30 * 24 + 12) * hour_ms);
    EXPECT_EQ(parse_interval_ms("INTERVAL 1 week"), 7 * 24 * hour_ms);
    EXPECT_EQ(parse_interval_ms("2 hours -30 minutes"), hour_ms + hour_ms / 2);
    EXPECT_EQ(parse_interval_ms("interval  1.5 seconds  250 milliseconds"), 1750);
    EXPECT_EQ(parse_interval_ms("interval 3600000000 microseconds"), hour_ms);
    EXPECT_EQ(parse_interval_ms("interval 0 hours"), 0);
}

TEST(Interval, IsNothingWhereItCannotBeRead) {
    for (const char* text :
         {"", "interval", "interval 7", "7days", "interval 1 month", "interval 2 years", "interval 1 day 2",
          "interval 1.5 days", "interval 1. seconds", "interval -1 days", "interval 9999999999999 weeks",
          "interval 99999999999999999999 seconds", "interval --1 days", "interval 1.x seconds"})
        EXPECT_FALSE(parse_interval_ms(text)) << text;
}

std::string told(const std::string& name, const std::string& value) {
    const auto checked = check_property(name, value);
    return checked ? "fine" : checked.error().message;
}

TEST(Property, ThatNeedsAFeatureNobodyWritesIsRefused) {
    EXPECT_THAT(told("delta.columnMapping.mode", "name"), HasSubstr("needs column mapping"));
    EXPECT_THAT(told("delta.columnMapping.maxColumnId", "3"), HasSubstr("needs column mapping"));
    EXPECT_THAT(told("delta.enableDeletionVectors", "true"), HasSubstr("needs deletion vectors"));
    EXPECT_THAT(told("delta.enabledeletionvectors", "True"), HasSubstr("needs deletion vectors"));
    EXPECT_THAT(told("delta.feature.vacuumProtocolCheck", "supported"), HasSubstr("needs table features"));
    EXPECT_THAT(told("delta.constraints.young", "age < 100"), HasSubstr("an expectation says the same"));
    EXPECT_THAT(told("delta.checkpointPolicy", "v2"), HasSubstr("needs V2 checkpoints"));
    EXPECT_THAT(told("delta.minWriterVersion", "7"), HasSubstr("another protocol"));
    EXPECT_THAT(told("delta.setTransactionRetentionDuration", "interval 1 day"), HasSubstr("must not expire"));
}

TEST(Property, ThatWeKnowOrNobodyMustKnowIsTaken) {
    EXPECT_EQ(told("delta.appendOnly", "true"), "fine");
    EXPECT_EQ(told("delta.enableChangeDataFeed", "true"), "fine");
    EXPECT_EQ(told("delta.columnMapping.mode", "none"), "fine");
    EXPECT_EQ(told("delta.enableDeletionVectors", "false"), "fine");
    EXPECT_EQ(told("delta.logRetentionDuration", "interval 7 days"), "fine");
    EXPECT_EQ(told("delta.checkpointInterval", "10"), "fine");
    EXPECT_EQ(told("owner", "the shop"), "fine");
}

TEST(Property, ThatCannotBeReadIsRefused) {
    EXPECT_THAT(told("delta.logRetentionDuration", "a week"), HasSubstr("interval 30 days 12 hours"));
    EXPECT_THAT(told("delta.enableChangeDataFeed", "yes"), HasSubstr("\"true\" or \"false\""));
    EXPECT_THAT(told("delta.checkpointInterval", "0"), HasSubstr("a whole number"));
}

}  // namespace
}  // namespace pinflow::delta
