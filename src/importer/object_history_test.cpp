#include "importer/object_history.h"

#include <gmock/gmock.h>

#include "importer/counted_lines.h"
#include "importer/test_store.h"
#include "net/test_gzip.h"

namespace pinflow::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A table that has rows of these offsets, each at 1000 + its offset.
class SomeRecords final : public sink::KnownRecords {
  public:
    SomeRecords(std::vector<int64_t> offsets, std::vector<int64_t> unreadable = {}) {
        for (const int64_t offset : offsets)
            records_.push_back({.offset = offset,
                                .time_ms = 1000 + offset,
                                .is_unreadable = std::ranges::count(unreadable, offset) > 0});
    }
    Result<std::span<const sink::KnownRecord>> between(int64_t from, int64_t to) override {
        const auto first = std::ranges::lower_bound(records_, from, {}, &sink::KnownRecord::offset);
        return std::span(first, std::ranges::lower_bound(records_, to, {}, &sink::KnownRecord::offset));
    }
    Result<sink::KeyAndValue> unreadable(int64_t) override {
        return sink::KeyAndValue{.key = std::nullopt, .value = as_bytes("{broken")};
    }

  private:
    std::vector<sink::KnownRecord> records_;
};

// "offset@time key=value" of each; an error comes last.
std::vector<std::string> read(const TestStore& store, int64_t from, int64_t to, SomeRecords known) {
    const auto history = ObjectHistory::open(store.open(), "the store");
    if (!history) return {history.error().message};
    const auto reader = (*history)->read("t", 0, from, to, known);
    if (!reader) return {reader.error().message};
    std::vector<std::string> records;
    for (sink::RawRecord record;;) {
        const auto more = (*reader)->next(record);
        if (!more) records.push_back("error: " + more.error().message);
        if (!more || !*more) return records;
        const std::string key(record.bytes.key ? as_text(*record.bytes.key) : record.is_key_known ? "null" : "?");
        records.push_back(fmt::format("{}@{} {}={}", record.offset, record.time_ms, key,
                                      as_text(record.bytes.value.value_or(Bytes()))));
    }
}

TEST(ObjectHistory, ObjectsOfAllFoldersInTheOrderOfOffsets) {
    const TestStore store;
    store.put("topics/t/day=2/t+0+0000000002.json.gz", net::gzip("c\n\nd\n"));
    store.put("topics/t/day=1/t+0+0000000000.json", "a\nb\n");
    store.put("topics/t/day=1/t+0+0000000004.json", "e\nf\n");
    store.put("topics/t/day=1/t+1+0000000000.json", "another partition\n");
    store.put("topics/u/u+0+0000000000.json", "another topic\n");
    store.put("topics/t/_SUCCESS", "");
    EXPECT_THAT(read(store, 0, 5, {{0, 1, 2, 3, 4, 5}}),
                ElementsAre("0@1000 ?=a", "1@1001 ?=b", "2@1002 ?=c", "3@1003 ?=d", "4@1004 ?=e"));
    EXPECT_THAT(read(store, 3, 4, {{}}), ElementsAre(HasSubstr("3@"))) << "an object begins before it";
    const auto history = ObjectHistory::open(store.open(), "the store").value();
    EXPECT_EQ(history->first_offset("t", 0).value(), 0);
    EXPECT_EQ(history->first_offset("t", 7).value(), std::nullopt);
}

TEST(ObjectHistory, TimesAreThoseOfTheRows) {
    const TestStore store;
    const int64_t written = store.put("t+0+0.json", "a\nb\nc\nd\n").modified_ms;
    store.put("t+0+4.json", "e\n");
    EXPECT_THAT(read(store, 0, 4, {{1, 3}}), ElementsAre("0@1001 ?=a", "1@1001 ?=b", "2@1001 ?=c", "3@1003 ?=d"));
    EXPECT_EQ(read(store, 0, 4, {{}})[2], fmt::format("2@{} ?=c", written));
}

TEST(ObjectHistory, KeysThatLieBesideAndBrokenJsonOfTheQuarantine) {
    const TestStore store;
    store.put("t+0+0.json", "a\nb\n");
    store.put("t+0+0.keys.json", "\"k\"\nnull\n");
    store.put("t+0+3.json", "c\n");
    EXPECT_THAT(read(store, 0, 4, {{0, 1, 2, 3}, {1}}),
                ElementsAre("0@1000 k=a", "1@1001 null={broken", "2@1002 null=b", "3@1003 ?=c"));
}

TEST(ObjectHistory, WhatCannotBeToldIsNamed) {
    const TestStore store;
    EXPECT_THAT(read(store, 0, 4, {{}}), ElementsAre(HasSubstr("no Delta table and has no objects of JSON lines")));
    store.put("a/t+0+2.json", "a\nb\n");
    store.put("b/t+0+3.json", "c\n");
    EXPECT_THAT(read(store, 0, 9, {{}}), ElementsAre(HasSubstr("has nothing of t-0 at offset 0")));
    EXPECT_THAT(read(store, 2, 9, {{2, 3, 4}}), ElementsAre(HasSubstr("error: a/t+0+2.json: which offsets of t-0")));
    store.put("c/t+0+3.json", "d\n");
    EXPECT_THAT(ObjectHistory::open(store.open(), "s").value()->first_offset("t", 0).error().message,
                HasSubstr("b/t+0+3.json and c/t+0+3.json begin at the same offset"));
}

TEST(CountedLines, LargeObjectsAreReadTwice) {
    const TestStore store;
    const auto opened = store.open();
    const auto object = store.put("x", "a\n\nbc\r\nd");
    for (const size_t kept : {0U, 3U, 100U}) {
        const auto lines = CountedLines::read(*opened, object, false, kept).value();
        EXPECT_EQ(lines->records(), 3);
        for (const char* line : {"a", "", "bc", "d"}) EXPECT_EQ(lines->next().value(), line) << kept;
        EXPECT_FALSE(lines->next().value());
    }
}

}  // namespace
}  // namespace pinflow::importer
