#include "importer/object_source.h"

#include <gmock/gmock.h>

#include "importer/object_name.h"
#include "importer/test_store.h"
#include "net/test_gzip.h"

namespace pinflow::importer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<std::unique_ptr<Source>> open(const TestStore& store) {
    return ObjectSource::open(store.open(), "the store");
}

// "partition:value" of all that is left; an error comes last.
std::vector<std::string> rest_of(Source& source, size_t most = 100) {
    std::vector<std::string> rows;
    for (Row row; rows.size() < most;) {
        const auto got = source.next(row);
        if (!got) rows.push_back("error: " + got.error().message);
        if (!got || *got == Got::end) break;
        rows.push_back(fmt::format("{}:{}", row.partition, row.value.value_or("null")));
    }
    return rows;
}

TEST(ObjectName, IsTheConnectors) {
    const auto name = parse_object_name("topics/a+b/partition=1/a+b+1+0000000042.json.gz").value();
    EXPECT_EQ(name.topic, "a+b");
    EXPECT_EQ(name.partition, 1);
    EXPECT_EQ(name.offset, 42);
    EXPECT_EQ(parse_object_name("t.pin+0+7.json")->topic, "t.pin");
    for (const char* other :
         {"", "x.json", "a+b.json", "a+b+c.json", "+0+1.json", "a+-1+1.json", "a+1+.json", "a+99999999999+1.json"})
        EXPECT_FALSE(parse_object_name(other)) << other;
}

TEST(ObjectName, KindIsTheEnding) {
    EXPECT_EQ(kind_of("a.json"), Kind::lines);
    EXPECT_EQ(kind_of("a.ndjson.gz"), Kind::gzip_lines);
    EXPECT_EQ(kind_of("t+0+1.keys.json"), Kind::keys_or_headers);
    EXPECT_EQ(kind_of("a.json.bz2"), Kind::other);
    EXPECT_EQ(kind_of("a.parquet"), Kind::other);
}

TEST(ObjectSource, PartitionsAndOffsetsAreKept) {
    const TestStore store;
    store.put("topics/t/partition=0/t+0+9999999999.json", "1\n2\n");
    store.put("topics/t/partition=0/t+0+10000000001.json", "3\n");  // before the other one, by its name
    store.put("topics/t/partition=2/t+2+0000000000.json.gz", net::gzip("4\n\n5\n"));
    store.put("topics/t/tombstone/t+2+0000000005.keys.json", "\"k\"\n");
    store.put("topics/t/_SUCCESS", "");
    const auto source = open(store).value();
    EXPECT_EQ(source->partitions().value(), 3);
    EXPECT_THAT(rest_of(*source), ElementsAre("0:1", "0:2", "0:3", "2:4", "2:5"));
    EXPECT_THAT(
        source->left_out(),
        ElementsAre(
            HasSubstr("1 objects that are no JSON lines, topics/t/_SUCCESS"),
            HasSubstr("keys or headers of 1 objects that are not there, topics/t/tombstone/t+2+0000000005.json")));
}

TEST(ObjectSource, OtherNamesComeInTheirOrder) {
    const TestStore store;
    store.put("2026/02.jsonl", "c");
    store.put("2026/01.jsonl", "a\r\nb");
    EXPECT_THAT(rest_of(*open(store).value()), ElementsAre("0:a", "0:b", "0:c"));
}

TEST(ObjectSource, GoesOnBehindACursor) {
    const TestStore store;
    store.put("t/t+0+0.json", "1\n2\n");
    store.put("t/t+0+2.json", "3\n\n4\n5\n");
    store.put("t/t+1+0.json", "6\n");
    for (size_t before = 1; before <= 6; ++before) {
        const auto first = open(store).value();
        const auto begun = rest_of(*first, before);
        const auto second = open(store).value();
        for (const int32_t partition : {0, 1})
            if (before > 5 || partition == 0) ASSERT_TRUE(second->resume(partition, first->cursor(partition)));
        auto all = begun;
        for (const std::string& row : rest_of(*second)) all.push_back(row);
        EXPECT_THAT(all, ElementsAre("0:1", "0:2", "0:3", "0:4", "0:5", "1:6")) << before;
    }
}

TEST(ObjectSource, ACursorThatFitsNothingIsSaid) {
    const TestStore store;
    store.put("t/t+0+0.json", "1\n2\n");
    const auto first = open(store).value();
    rest_of(*first, 1);
    const Cursor cursor = first->cursor(0);
    store.put("t/t+0+0.json", "1\n2\n3\n");
    EXPECT_THAT(open(store).value()->resume(0, cursor).error().message, HasSubstr("written anew"));
    EXPECT_THAT(open(store).value()->resume(0, {1, "1 tag other.json"}).error().message, HasSubstr("no longer there"));
    EXPECT_THAT(open(store).value()->resume(5, cursor).error().message, HasSubstr("no longer there"));
    EXPECT_THAT(open(store).value()->resume(0, {1, "?"}).error().message, HasSubstr("cannot read"));
}

TEST(ObjectSource, WhatCannotBeOneTopicIsRefused) {
    const TestStore store;
    EXPECT_THAT(open(store).error().message, HasSubstr("no objects of JSON lines"));
    store.put("a/a+0+0.json", "1\n");
    store.put("b/b+0+0.json", "1\n");
    EXPECT_THAT(open(store).error().message, HasSubstr("several topics (a and b)"));
}

}  // namespace
}  // namespace pinflow::importer
