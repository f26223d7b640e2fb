// Tables in an object store: the same table as in a folder, whatever happens to the requests.
#include "delta/object_files.h"

#include "delta/log_files.h"
#include "delta/table_fixture.h"
#include "objects/file_store.h"
#include "objects/test_faulty_store.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;
using objects::FaultyStore;
using testing::ElementsAre;
using testing::HasSubstr;

class ObjectTable : public TableTest {
  protected:
    // As another process would see it: a store and a cache of its own.
    struct Machine {
        std::shared_ptr<FaultyStore> store;
        std::shared_ptr<StoreFolders> folders;
        fs::path place;
    };
    Machine machine(FaultyStore::Fault fault = FaultyStore::Fault::refused, int first = FaultyStore::for_ever,
                    int count = 0) {
        Machine made;
        auto inner = std::make_shared<objects::FileStore>(posix_disk(), system_clock(), folder / "store");
        made.store = std::make_shared<FaultyStore>(inner, fault, first, count);
        const fs::path cache = folder / fmt::format("cache{}", ++machines_);
        made.folders =
            std::make_shared<StoreFolders>(*objects::FileCache::open(cache, 1 << 20), objects::Surroundings{});
        made.place = made.folders->add("s3://bucket/lake", made.store) / "clean/t";
        return made;
    }
    Environment at(const Machine& machine) { return {posix_disk(), clock, database(), machine.folders}; }
    std::unique_ptr<Table> create_at(const Machine& machine) {
        auto table = Table::create(at(machine), machine.place, metadata());
        EXPECT_TRUE(table) << table.error().message;
        return table ? std::move(*table) : nullptr;
    }
    std::unique_ptr<Table> open_at(const Machine& machine) {
        auto table = Table::open(at(machine), machine.place);
        EXPECT_TRUE(table) << table.error().message;
        return table ? std::move(*table) : nullptr;
    }
    // A data file as a sink makes it.
    static AddFile publish(Table& table, const std::string& name, const std::string& contents) {
        fs::create_directories((table.folder() / name).parent_path());
        EXPECT_TRUE(replace_file(posix_disk(), table.folder() / name, contents));
        const auto published = table.files().publish(table.folder() / name);
        EXPECT_TRUE(published) << published.error().message;
        return file(name, static_cast<int64_t>(contents.size()));
    }
    fs::path stored(const std::string& name) const { return folder / "store/clean/t" / name; }

  private:
    int machines_ = 0;
};

TEST_F(ObjectTable, LiesInTheStoreAsInAFolder) {
    const auto here = machine();
    const auto table = create_at(here);
    const AddFile add = publish(*table, "day=1/a.parquet", "rows");
    ASSERT_TRUE(table->commit({.txns = {{.app_id = "x", .version = 5}}, .adds = {add}}));
    EXPECT_EQ(*read_file(posix_disk(), stored("day=1/a.parquet")), "rows");
    EXPECT_TRUE(fs::exists(stored("_delta_log/00000000000000000001.json")));
    EXPECT_EQ(table->where(), "s3://bucket/lake/clean/t");
    const auto as_folder = Table::open(environment(), folder / "store/clean/t");
    EXPECT_THAT(paths(*(*as_folder)->snapshot()), ElementsAre("day=1/a.parquet"));

    const auto there = machine();
    const auto elsewhere = open_at(there);
    EXPECT_EQ(elsewhere->snapshot()->txn_version("x"), 5);
    const TableFiles::DataFile wanted{there.place / "day=1/a.parquet", 4};
    const auto held = elsewhere->files().hold(std::span(&wanted, 1));
    ASSERT_TRUE(held) << held.error().message;
    EXPECT_EQ(*read_file(posix_disk(), wanted.path), "rows");
    EXPECT_EQ(*there.folders->names(there.place.parent_path()), std::vector<std::string>{"t"});
    EXPECT_EQ(Table::create(at(there), there.place, metadata()).error().code, Code::exists);
}

TEST_F(ObjectTable, TwoMachinesCommitOneAfterTheOther) {
    const auto one = machine();
    const auto two = machine();
    const auto first = create_at(one);
    const auto second = open_at(two);
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(first->commit(batch(fmt::format("a{}", i), i, "one"))->version, 2 * i - 1);
        EXPECT_EQ(second->commit(batch(fmt::format("b{}", i), i, "two"))->version, 2 * i);
    }
    EXPECT_EQ((*first->refresh())->files.size(), 10U);
    ASSERT_TRUE(second->commit(batch("b6", 6, "two")));
    EXPECT_EQ(first->commit(batch("c", 7, "two")).error().code, Code::conflict) << "a second writer for one position";
}

TEST_F(ObjectTable, ACommitIsThereOnceWhateverBecomesOfItsAnswer) {
    using Fault = FaultyStore::Fault;
    for (const Fault fault : {Fault::refused, Fault::lost, Fault::late, Fault::vanished}) {
        for (int first = 1; first <= 6; ++first) {
            for (const int count : {1, 2, FaultyStore::for_ever}) {
                SCOPED_TRACE(fmt::format("fault {} from call {}, {} times", static_cast<int>(fault), first, count));
                fs::remove_all(folder / "store");
                create_at(machine());
                const auto here = machine(fault, first, count);
                const auto table = open_at(here);
                int64_t acked = 0;
                int failures = 0;
                while (acked < 4 && failures < 6) {  // as the sink does: the same records again, in another file
                    const auto name = fmt::format("f{}-{}", acked + 1, failures);
                    Commit next = batch(name, acked + 1);
                    if (acked > 0) next.txns[0].previous = acked;
                    const auto done = table->commit(next);
                    if (!done) ++failures;
                    acked = done ? acked + 1 : std::max(acked, table->snapshot()->txn_version("pins/0"));
                }
                const auto after = open_at(machine());
                const int64_t position = std::max<int64_t>(0, after->snapshot()->txn_version("pins/0"));
                EXPECT_GE(position, acked);
                EXPECT_EQ(after->snapshot()->files.size(), static_cast<size_t>(position)) << "each once";
                if (count != FaultyStore::for_ever) EXPECT_EQ(position, 4);
            }
        }
    }
}

TEST_F(ObjectTable, AStoreThatIsAwayIsNamed) {
    const auto here = machine();
    const auto table = create_at(here);
    here.store->be_away(true);
    const auto refused = table->commit(batch("a", 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("503"));
    const auto opened = Table::open(at(here), here.place);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().code, Code::not_found) << "it is not that there is no table";
    here.store->be_away(false);
    EXPECT_EQ(table->commit(batch("a", 1))->version, 1);
}

TEST_F(ObjectTable, IsOpenedFromTheLastCheckpointWhateverThatSays) {
    const auto before = create_at(machine());
    for (int i = 1; i <= 2; ++i) ASSERT_TRUE(before->commit(batch(fmt::format("f{}", i), i)));
    ASSERT_TRUE(before->checkpoint());
    ASSERT_TRUE(before->commit(batch("f3", 3)));
    const auto there = machine();
    const auto files = there.folders->files(there.place);
    EXPECT_EQ(last_checkpoint(*files), 2);
    EXPECT_THAT(list_log(*files, 2)->commits, ElementsAre(2, 3)) << "older names are not asked for";
    for (const char* hint :
         {R"({"version":2})", R"({"version":1})", R"({"version":7})", R"({"version":-1})", "{", ""}) {
        SCOPED_TRACE(hint);
        ASSERT_TRUE(replace_file(posix_disk(), stored("_delta_log/_last_checkpoint"), hint));
        EXPECT_THAT(paths(*open_at(machine())->snapshot()), ElementsAre("f1", "f2", "f3"));
    }
    ASSERT_TRUE(replace_file(posix_disk(), stored("_delta_log/_last_checkpoint"), R"({"version":2})"));
    ASSERT_TRUE(replace_file(posix_disk(), stored("_delta_log") / checkpoint_name(2), "damaged"));
    EXPECT_THAT(paths(*open_at(machine())->snapshot()), ElementsAre("f1", "f2", "f3"));
}

TEST_F(ObjectTable, IsLookedAfter) {
    const auto here = machine();
    const auto before = create_at(here);
    for (int i = 1; i <= 3; ++i) {
        Commit next = batch("", i);
        next.adds = {publish(*before, fmt::format("f{}", i), "old")};
        ASSERT_TRUE(before->commit(next));
    }
    const AddFile merged = publish(*before, "merged", "new");
    publish(*before, "orphan", "nobody's");
    ASSERT_TRUE(before->replace(before->snapshot()->files.all(), {merged}));
    ASSERT_TRUE(before->checkpoint());
    EXPECT_TRUE(fs::exists(stored("_delta_log/_last_checkpoint")));
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(3);
    for (const auto& entry : fs::recursive_directory_iterator(folder / "store")) fs::last_write_time(entry, old);
    const auto table = open_at(here);
    clock.now_ms += 2 * 3'600'000;
    EXPECT_EQ(table->clean_log()->log_files, 4U);
    EXPECT_EQ(table->remove_expired_files()->data_files, 3U);
    EXPECT_EQ(table->vacuum()->data_files, 1U);
    EXPECT_FALSE(fs::exists(stored("orphan")));
    EXPECT_FALSE(fs::exists(here.place / "f1")) << "nor does the copy stay";
    const auto after = open_at(machine());
    EXPECT_THAT(paths(*after->snapshot()), ElementsAre("merged"));
    EXPECT_EQ(after->snapshot()->txn_version("pins/0"), 3);
    ASSERT_TRUE(after->read_as_of(4));
    EXPECT_THAT(after->read_as_of(3).error().message, HasSubstr("version 3 is gone"));
}

TEST_F(ObjectTable, ACommitThatIsWrittenOverIsBroughtBack) {
    const auto here = machine();
    const auto table = create_at(here);
    ASSERT_TRUE(table->commit(batch("a", 1)));
    std::string lines;
    append_action(lines, file("theirs"));
    ASSERT_TRUE(replace_file(posix_disk(), stored("_delta_log/00000000000000000001.json"), lines));
    clock.now_ms += 10'000;  // it is not asked before each commit: that would be one more request
    EXPECT_EQ(table->commit(batch("b", 2)).error().code, Code::conflict);
    EXPECT_EQ(table->commit(batch("b", 2))->version, 3);
    EXPECT_THAT(paths(*open_at(machine())->snapshot()), ElementsAre("a", "b", "theirs"));
}

TEST_F(ObjectTable, APathThatLeavesTheTableIsNotRead) {
    const auto here = machine();
    const auto table = create_at(here);
    const TableFiles::DataFile outside{"/etc/passwd", std::nullopt};
    EXPECT_EQ(table->files().hold(std::span(&outside, 1)).error().code, Code::unsupported);
    write("another", "table's");
    EXPECT_TRUE(table->files().remove(folder / "another"));
    EXPECT_TRUE(fs::exists(folder / "another")) << "it is not ours to delete";
}

}  // namespace
}  // namespace pinflow::delta
