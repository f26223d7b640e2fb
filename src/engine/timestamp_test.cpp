#include "engine/timestamp.h"

#include <gmock/gmock.h>

namespace pinflow::engine {
namespace {

std::string round_trip(std::string_view text) {
    const auto micros = parse_timestamp(text);
    if (!micros) return "rejected";
    std::string out;
    append_timestamp(out, *micros);
    return out;
}

TEST(Timestamp, ReadsTheShapesThatClientsSend) {
    EXPECT_EQ(round_trip("2020-08-28 03:52:47"), "2020-08-28T03:52:47Z");
    EXPECT_EQ(round_trip("2020-08-28T03:52:47"), "2020-08-28T03:52:47Z");
    EXPECT_EQ(round_trip("2020-08-28T03:52:47Z"), "2020-08-28T03:52:47Z");
    EXPECT_EQ(round_trip("2018:03:09 00:09:06"), "2018-03-09T00:09:06Z");
    EXPECT_EQ(round_trip("2020-08-28"), "2020-08-28T00:00:00Z");
    EXPECT_EQ(round_trip("2020-02-29"), "2020-02-29T00:00:00Z");
}

TEST(Timestamp, ReadsFractionsAndZones) {
    EXPECT_EQ(round_trip("2020-08-28T03:52:47.5"), "2020-08-28T03:52:47.5Z");
    EXPECT_EQ(round_trip("2020-08-28T03:52:47.123456789Z"), "2020-08-28T03:52:47.123456Z");
    EXPECT_EQ(round_trip("2020-08-28T03:52:47+02:00"), "2020-08-28T01:52:47Z");
    EXPECT_EQ(round_trip("2020-08-28T03:52:47-0130"), "2020-08-28T05:22:47Z");
    EXPECT_EQ(round_trip("2020-08-28 00:00:00.000+01"), "2020-08-27T23:00:00Z");
    EXPECT_EQ(round_trip("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.5Z");
}

TEST(Timestamp, RejectsEverythingElse) {
    for (const auto* text : {"",
                             " ",
                             "2020",
                             "2020-08",
                             "2020-8-28",
                             "2020-13-01",
                             "2021-02-29",
                             "2020-08-28 24:00:00",
                             "2020-08-28 03:52",
                             "2020-08-28 03:52:60",
                             "2020-08-28  03:52:47",
                             "2020-08-28 03:52:47 ",
                             "2020-08-28 03:52:47.",
                             "2020-08-28 03:52:47.1234567890",
                             "2020-08-28 03:52:47+1",
                             "2020-08-28 03:52:47+19:00",
                             "2020-08-28 03:52:47+01:",
                             "2020:08-28 03:52:47",
                             "2020:08:28",
                             "0000-01-01",
                             "0001-01-01 00:00:00+01",
                             "9999-12-31 23:59:59-01",
                             "28.08.2020",
                             "now",
                             "1598586767",
                             "-2020-08-28",
                             "+2020-08-28"}) {
        EXPECT_EQ(round_trip(text), "rejected") << text;
    }
}

TEST(Timestamp, WritesMillisecondsForDelta) {
    EXPECT_EQ(timestamp_to_millis(0, false), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(timestamp_to_millis(1'234'567, false), "1970-01-01T00:00:01.234Z");
    EXPECT_EQ(timestamp_to_millis(1'234'567, true), "1970-01-01T00:00:01.235Z");
    EXPECT_EQ(timestamp_to_millis(-1, false), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace pinflow::engine
