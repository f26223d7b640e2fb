#include "importer/object_offsets.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace pinflow::importer {
namespace {

using testing::HasSubstr;

struct Case {
    int64_t first = 0;
    int64_t lines = 0;
    std::optional<int64_t> next;
    int64_t log_start = 0;
};

// "10 11 13"; a star behind one that the quarantine has; or what is wrong. `known`: offsets, negative ones unreadable.
std::string placed(const Case& given, const std::vector<int64_t>& known) {
    std::vector<sink::KnownRecord> records;
    for (const int64_t offset : known)
        records.push_back({.offset = std::abs(offset), .time_ms = 1, .is_unreadable = offset < 0});
    const auto placed = place_lines({.key = "t+0+10.json",
                                     .partition = "t-0",
                                     .first = given.first,
                                     .lines = given.lines,
                                     .next = given.next,
                                     .log_start = given.log_start},
                                    records);
    if (!placed) return placed.error().message;
    std::string text;
    for (const PlacedRecord& each : *placed)
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", each.offset, each.is_unreadable ? "*" : "");
    return text;
}

TEST(ObjectOffsets, TheNextObjectTells) {
    EXPECT_EQ(placed({10, 3, 13, 100}, {}), "10 11 12") << "whatever the table has: it may have dropped duplicates";
    EXPECT_EQ(placed({10, 3, 13, 100}, {10, -11, 12}), "10 11 12");
    EXPECT_EQ(placed({10, 3, 13, 12}, {10, 11, 12}), "10 11 12") << "the reader stops where the log begins";
}

TEST(ObjectOffsets, TheTableTellsWhereThereAreGaps) {
    EXPECT_EQ(placed({10, 3, 15, 100}, {10, 12, 13}), "10 12 13");
    EXPECT_EQ(placed({10, 2, 15, 100}, {10, -12, 13}), "10 12* 13") << "the connector could not write broken JSON";
    EXPECT_EQ(placed({10, 3, 15, 100}, {10, -12, 13}), "10 12 13") << "here it could";
}

TEST(ObjectOffsets, TheLastObjectEndsWhereTheLogBegins) {
    EXPECT_EQ(placed({10, 3, {}, 13}, {10, 11, 12}), "10 11 12");
    EXPECT_EQ(placed({10, 3, {}, 15}, {10, 11, 14}), "10 11 14");
    EXPECT_EQ(placed({10, 2, {}, 15}, {10, -11, 14}), "10 11* 14");
    EXPECT_EQ(placed({10, 5, {}, 12}, {10, 11, 12, 13, 14}), "10 11 12 13 14") << "it goes on into the log";
}

TEST(ObjectOffsets, WhatIsNotProvenIsRefused) {
    EXPECT_THAT(placed({10, 3, 12, 100}, {10, 11}), HasSubstr("t+0+10.json: which offsets of t-0 its 3 lines have"));
    EXPECT_THAT(placed({10, 3, 12, 100}, {10, 11}), HasSubstr("the next object begins at 12"));
    EXPECT_THAT(placed({10, 2, 15, 100}, {10, 11, 12}), HasSubstr("have at least 3 records from there to 15"));
    EXPECT_THAT(placed({10, 3, 15, 100}, {10, 11}), HasSubstr("2 records")) << "which row was deleted?";
    EXPECT_THAT(placed({10, 3, {}, 20}, {10, 11, 12, 13}), HasSubstr("the last one, and the log begins at 20"));
    EXPECT_THAT(placed({10, 3, {}, 12}, {10, 11}), HasSubstr("2 records from there to 13")) << "no row of its last";
    EXPECT_THAT(placed({10, 3, {}, 12}, {10, -11, 12}), HasSubstr("1 of them broken JSON"))
        << "if it was left out, the object ends one later";
}

}  // namespace
}  // namespace pinflow::importer
