#include "delta/table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "delta/log_files.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(TableTest, CreatesAppendsAndReadsBack) {
    auto table = create();
    EXPECT_EQ(Table::create(environment(), folder / "t", metadata()).error().code, Code::exists);
    Commit commit = batch("a.parquet", 41);
    commit.info.extra_json = R"({"rule":3})";
    EXPECT_EQ(table->append(commit)->version, 1);
    EXPECT_EQ(table->append(batch("b.parquet", 99))->version, 2);

    const auto again = open()->snapshot();
    EXPECT_EQ(again->version, 2);
    EXPECT_THAT(paths(*again), ElementsAre("a.parquet", "b.parquet"));
    EXPECT_EQ(again->txn_version("pins/0"), 99);
    EXPECT_EQ(again->txn_version("pins/1"), -1);
    EXPECT_EQ(again->row_count(), 4);
    EXPECT_EQ(again->size_bytes, 2000);
    EXPECT_EQ(paths(**table->snapshot_at(1)), std::vector<std::string>{"a.parquet"});
    EXPECT_EQ(table->snapshot_at(3).error().code, Code::not_found);
    EXPECT_EQ((*table->read_version(1))->info.extra_json, R"({"rule":3})");
    EXPECT_EQ(table->history(2)->at(1).info.operation, "STREAMING UPDATE");
}

TEST_F(TableTest, CommitFileIsWhatDeltaDescribes) {
    clock.now_ms = 1'700'000'000'000;
    auto table = create();
    ASSERT_TRUE(table->append(batch("a.parquet", 41)));
    EXPECT_EQ(*read_file(posix_disk(), log_folder(folder / "t") / commit_name(1)),
              R"({"commitInfo":{"timestamp":1700000000001,"operation":"STREAMING UPDATE","operationParameters":{},)"
              R"("readVersion":0,"isBlindAppend":true,"engineInfo":"Pinflow/)" PINFLOW_VERSION R"("}})"
              "\n"
              R"({"txn":{"appId":"pins/0","version":41,"lastUpdated":1700000000000}})"
              "\n"
              R"({"add":{"path":"a.parquet","partitionValues":{},"size":1000,"modificationTime":1,"dataChange":true,)"
              R"("stats":"{\"numRecords\":2}"}})"
              "\n");
    clock.now_ms = 5;  // the clock steps back: readers still see time go forwards
    ASSERT_TRUE(table->append(batch("b.parquet", 42)));
    EXPECT_EQ((*table->read_version(2))->info.timestamp_ms, 1'700'000'000'002);
}

TEST_F(TableTest, GoesBehindAnotherWritersAppend) {
    auto one = create();
    auto two = open();
    ASSERT_TRUE(one->append(batch("a", 1, "x")));
    const auto second = two->append(batch("b", 7, "y"));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->version, 2);
    EXPECT_THAT(paths(**one->refresh()), ElementsAre("a", "b"));
    EXPECT_EQ(one->snapshot()->txn_version("y"), 7);
}

TEST_F(TableTest, TwoWritersForOnePositionIsAConflict) {
    auto one = create();
    auto two = open();
    ASSERT_TRUE(one->append(batch("a", 10)));
    const auto second = two->append(batch("b", 20));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
    EXPECT_THAT(second.error().message, HasSubstr("'pins/0'"));
    EXPECT_THAT(paths(*two->snapshot()), ElementsAre("a")) << "and it knows the winner now";
}

// A commit that rests on the rows of a version does not go behind others that changed them, whenever they are heard of.
TEST_F(TableTest, RestsOnTheRowsOfAVersion) {
    auto ours = create();
    auto theirs = open();
    ASSERT_TRUE(ours->append(batch("a", 1)));
    ASSERT_TRUE(theirs->append(batch("b", 1, "others/0")));
    Commit resting = batch("c", 2);
    resting.rows_as_of = 1;
    const auto late = ours->append(resting);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::conflict);
    EXPECT_EQ(ours->append(resting).error().code, Code::conflict) << "also when it is known before";
    resting.rows_as_of = ours->snapshot()->version;
    std::vector<FileSet::Pointer> both;
    theirs->snapshot()->files.for_each([&](const FileSet::Pointer& one) { both.push_back(one); });
    ASSERT_TRUE(theirs->replace(both, {file("ab")}));
    ASSERT_TRUE(theirs->commit({.info = {.operation = "SET"}, .txns = {{.app_id = "others/1", .version = 1}}}));
    EXPECT_TRUE(ours->append(resting)) << "rows that only moved are the same";
    ASSERT_TRUE(ours->checkpoint());
    Commit old = batch("d", 3);
    old.rows_as_of = 2;
    EXPECT_EQ(open()->append(old).error().code, Code::conflict) << "what the checkpoint holds may have come since";
}

TEST_F(TableTest, WhatIsThereAlreadyIsNotWrittenTwice) {
    auto table = create();
    ASSERT_TRUE(table->append(batch("a", 10)));
    const auto again = table->append(batch("a", 10));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->already_there);
    EXPECT_EQ(table->snapshot()->version, 1);

    Commit half = batch("b", 10);
    half.txns.push_back({.app_id = "pins/1", .version = 5});
    EXPECT_EQ(table->append(half).error().code, Code::conflict);
    Commit gap = batch("b", 20);
    gap.txns[0].previous = 9;
    EXPECT_EQ(table->append(gap).error().code, Code::conflict);
    gap.txns[0].previous = 10;
    EXPECT_EQ(table->append(gap)->version, 2);
}

TEST_F(TableTest, FindsTheLastCommitOfAnApplication) {
    auto table = create();
    Commit commit = batch("a", 1, "x");
    commit.info.extra_json = R"({"quarantine":{"path":"q"}})";
    ASSERT_TRUE(table->append(commit));
    ASSERT_TRUE(table->append(batch("b", 1, "y")));
    ASSERT_TRUE(table->checkpoint());
    auto later = open();  // starts at the checkpoint, before which x committed
    const auto found = later->last_commit_by("x");
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->version, 1);
    EXPECT_EQ((*found)->info.extra_json, commit.info.extra_json);
    EXPECT_EQ((*table->last_commit_by("y"))->version, 2);
    EXPECT_FALSE(*table->last_commit_by("z"));
}

TEST_F(TableTest, NewColumnsAreTakenByBothWriters) {
    auto one = create();
    auto two = open();
    Metadata grown = *one->snapshot()->metadata;
    grown.schema.columns.push_back({.name = "extra"});
    ASSERT_TRUE(one->append({.metadata = grown}));
    ASSERT_TRUE(two->append(batch("a", 1)));
    EXPECT_TRUE(two->snapshot()->metadata->schema.find("extra"));
    auto three = open();
    Metadata more = grown;
    more.schema.columns.push_back({.name = "more"});
    ASSERT_TRUE(one->append({.metadata = more}));
    Metadata other = grown;
    other.schema.columns.push_back({.name = "other"});
    EXPECT_EQ(three->append({.metadata = other}).error().code, Code::conflict);
    Metadata changed = more;
    changed.schema.columns[0].type.kind = Type::Kind::string;
    EXPECT_EQ(one->append({.metadata = changed}).error().code, Code::invalid);
}

TEST_F(TableTest, ProcessesBesideEachOtherLoseNothing) {
    constexpr int processes = 3;
    constexpr int commits = 40;
    {
        auto made = Table::create({posix_disk(), clock, nullptr}, folder / "t", metadata());
        ASSERT_TRUE(made);
    }
    std::vector<pid_t> children;
    for (int p = 0; p < processes; ++p) {
        const pid_t child = ::fork();
        if (child == 0) {
            auto table = Table::open({posix_disk(), clock, nullptr}, folder / "t");
            bool good = table.has_value();
            for (int i = 0; good && i < commits; ++i) {
                good = (*table)->append(batch(fmt::format("{}-{}", p, i), i, fmt::format("app{}", p))).has_value();
            }
            ::_exit(good ? 0 : 1);
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = -1;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
    const auto snapshot = open()->snapshot();
    EXPECT_EQ(snapshot->version, processes * commits);
    EXPECT_EQ(snapshot->files.size(), processes * commits);
}

TEST_F(TableTest, ThreadsShareOneTable) {
    auto table = create();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                EXPECT_TRUE(table->append(batch(fmt::format("{}-{}", t, i), i, fmt::format("app{}", t))));
                EXPECT_LE(table->snapshot()->files.size(), 100U);
            }
        });
    }
    EXPECT_TRUE(table->checkpoint());
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(open()->snapshot()->files.size(), 100U);
}

TEST_F(TableTest, RefusesWhatItCannotDoByName) {
    const auto open_with = [&](const std::string& protocol, const std::string& configuration,
                               const std::string& field = "{}") {
        const std::string name = Uuid::random().text();
        write(name + "/_delta_log/" + commit_name(0),
              R"({"protocol":)" + protocol + R"(})" + "\n" +
                  R"({"metaData":{"id":"i","format":{"provider":"parquet"},)" +
                  R"("schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",)" +
                  R"(\"nullable\":true,\"metadata\":)" + field + R"(}]}","partitionColumns":[],"configuration":)" +
                  configuration + "}}\n");
        auto table = Table::open(environment(), folder / name);
        if (!table) return table.error().message;
        auto done = (*table)->append(batch("x", 1));
        return done ? std::string("fine") : done.error().message;
    };
    EXPECT_EQ(open_with(R"({"minReaderVersion":1,"minWriterVersion":4})", "{}"), "fine");
    EXPECT_THAT(open_with(R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],)"
                          R"("writerFeatures":["deletionVectors"]})",
                          "{}"),
                HasSubstr("cannot be written by this version: it uses writer feature 'deletionVectors'"));
    EXPECT_THAT(open_with(R"({"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["variantType"],)"
                          R"("writerFeatures":["variantType"]})",
                          "{}"),
                HasSubstr("cannot be read by this version: it uses reader feature 'variantType'"));
    EXPECT_THAT(open_with(R"({"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]})", "{}"),
                HasSubstr("cannot be written by this version: it uses writer feature 'rowTracking'"));
    EXPECT_THAT(open_with(R"({"minReaderVersion":1,"minWriterVersion":3})", R"({"delta.constraints.young":"a < 1"})"),
                HasSubstr("constraint 'young' (a < 1)"));
    EXPECT_THAT(open_with(R"({"minReaderVersion":2,"minWriterVersion":5})", R"({"delta.columnMapping.mode":"name"})"),
                HasSubstr("column mapping"));
    EXPECT_THAT(
        open_with(R"({"minReaderVersion":1,"minWriterVersion":2})", "{}", R"({\"delta.generationExpression\":\"1\"})"),
        HasSubstr("generated column 'a'"));
    const std::string defaults =
        R"({"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["allowColumnDefaults","appendOnly"]})";
    EXPECT_THAT(open_with(defaults, "{}", R"({\"CURRENT_DEFAULT\":\"7\"})"), HasSubstr("a default for column 'a'"));
    EXPECT_EQ(open_with(defaults, R"({"delta.appendOnly":"true"})"), "fine")
        << "no column has one; appends are welcome";
}

TEST_F(TableTest, AChangeDataFeedHasTheProtocolThatItNeeds) {
    Metadata wanted = metadata();
    EXPECT_EQ(create(wanted)->snapshot()->protocol->min_writer_version, 2);
    std::filesystem::remove_all(folder / "t");
    wanted.configuration["delta.enableChangeDataFeed"] = "true";
    auto table = create(wanted);
    EXPECT_EQ(table->snapshot()->protocol->min_writer_version, 4);
    EXPECT_TRUE(table->append(batch("a", 1)));
}

TEST_F(TableTest, SaysWhatIsWrongWithALog) {
    EXPECT_THAT(Table::open(environment(), folder / "none").error().message, HasSubstr("no Delta table at"));
    auto table = create();
    ASSERT_TRUE(table->append(batch("a", 1)));
    ASSERT_TRUE(table->append(batch("b", 2)));
    std::filesystem::remove(log_folder(folder / "t") / commit_name(1));
    const auto gap = Table::open(environment(), folder / "t");
    EXPECT_EQ(gap.error().code, Code::corrupt);
    EXPECT_THAT(gap.error().message, HasSubstr("has no commit 1, but later ones"));
    write("t/_delta_log/" + commit_name(1), "{\"add\":{\"path\":\"a\"");
    EXPECT_THAT(Table::open(environment(), folder / "t").error().message, HasSubstr("00001.json: line 1: not JSON"));
}

TEST_F(TableTest, ManyCommitsStayCheap) {
    auto table = create();
    constexpr int commits = 500;
    for (int i = 0; i < commits; ++i) ASSERT_TRUE(table->append(batch(fmt::format("f{}", i), i)));
    EXPECT_EQ(open()->snapshot()->files.size(), static_cast<size_t>(commits));
}

}  // namespace
}  // namespace pinflow::delta
