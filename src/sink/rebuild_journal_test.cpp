#include "sink/rebuild_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/test_flow.h"

namespace pinflow::sink {
namespace {

RebuildNotes some_notes() {
    RebuildNotes notes{
        .order = {.id = "1", .table = "t \"x\"", .from_ms = 17, .source = "s3://b/\"x\"", .asked_ms = 99},
        .rules = "abc"};
    notes.spans = {{.app_id = "a/0", .topic = "n", .partition = 0, .from = 5},
                   {.app_id = "a/1", .topic = "n", .partition = 1, .from = 0}};
    return notes;
}

RebuildPart some_part(int64_t next) {
    RebuildPart part{.next = {{"a/0", next}}, .records = 3, .rows = 2, .quarantined = 1};
    part.clean = {{.path = "k=%20/x.parquet",
                   .partition_values = {{"k", " "}, {"l", std::nullopt}},
                   .size_bytes = 10,
                   .modification_ms = 20,
                   .stats_json = R"({"numRecords":2})"}};
    part.quarantine = {{.path = "q.parquet", .size_bytes = 1, .modification_ms = 2}};
    return part;
}

TEST(RebuildJournal, WhatIsWrittenIsReadAndGoneOnWith) {
    const TestFolder folder;
    const auto file = folder.path() / "r/t.ndjson";
    RebuildNotes notes = some_notes();
    {
        RebuildJournal journal(posix_disk(), file);
        EXPECT_EQ(need(journal.read()), std::nullopt);
        ASSERT_TRUE(journal.write(notes));
        ASSERT_TRUE(journal.append(some_part(7)));
    }
    notes.parts.push_back(some_part(7));
    RebuildJournal journal(posix_disk(), file);
    EXPECT_EQ(need(journal.read()), notes);
    ASSERT_TRUE(journal.append(some_part(9)));
    notes.parts.push_back(some_part(9));
    EXPECT_EQ(need(RebuildJournal(posix_disk(), file).read()), notes);
    ASSERT_TRUE(journal.remove());
    EXPECT_EQ(need(RebuildJournal(posix_disk(), file).read()), std::nullopt);
}

TEST(RebuildJournal, ALineThatACrashCutOffIsPassedOver) {
    RebuildNotes notes = some_notes();
    notes.parts = {some_part(7), some_part(9)};
    const std::string text = rebuild_notes_text(notes);
    const size_t second = text.rfind('\n', text.size() - 2) + 1;
    for (size_t size = second; size < text.size(); ++size) {
        size_t good = 0;
        const auto read = parse_rebuild_notes(std::string_view(text).substr(0, size), good);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->parts.size(), 1U);
        EXPECT_EQ(good, second);
    }
    // The next part goes where the cut one was.
    const TestFolder folder;
    ASSERT_TRUE(replace_file(posix_disk(), folder.path() / "t", text.substr(0, second + 5)));
    RebuildJournal journal(posix_disk(), folder.path() / "t");
    EXPECT_EQ(need(journal.read())->parts.size(), 1U);
    ASSERT_TRUE(journal.append(some_part(9)));
    EXPECT_EQ(need(RebuildJournal(posix_disk(), folder.path() / "t").read()), notes);
}

TEST(RebuildJournal, DamageIsNamed) {
    RebuildNotes notes = some_notes();
    notes.parts = {some_part(7), some_part(9)};
    std::string text = rebuild_notes_text(notes);
    text[text.find('\n') + 1] = 'x';
    size_t good = 0;
    EXPECT_THAT(parse_rebuild_notes(text, good).error().message, testing::HasSubstr("line 2"));
    EXPECT_THAT(parse_rebuild_notes("", good).error().message, testing::HasSubstr("no first line"));
    EXPECT_THAT(parse_rebuild_notes("{}\n", good).error().message, testing::HasSubstr("line 1: it needs id"));
}

}  // namespace
}  // namespace pinflow::sink
