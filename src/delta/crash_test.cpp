// The power goes at every single step of what a table writes: afterwards the table is at the old version or the new.
#include <functional>
#include <set>

#include "delta/log_files.h"
#include "delta/table_fixture.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

// Works for `steps` calls that change something and fails from then on. after_power_loss() leaves on the real disk what
// a crash may leave: files without a sync are empty, names without a sync of their folder are gone (or, in the other
// possible world, there).
class PowerLossDisk final : public Disk {
  public:
    explicit PowerLossDisk(int steps) : steps_(steps) {}
    bool lost() const { return steps_ < 0; }

    void after_power_loss(bool names_survive) {
        for (const fs::path& path : unsynced_) {
            if (fs::exists(path)) fs::resize_file(path, 0);
        }
        if (names_survive) return;
        for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) (*undo)();
    }

    Result<std::unique_ptr<pinflow::File>> open(const fs::path& path, Mode mode) override {
        if (mode == Mode::read) return posix_disk().open(path, mode);
        PINFLOW_TRY(step());
        PINFLOW_ASSIGN(auto file, posix_disk().open(path, mode));
        return std::make_unique<File>(*this, std::move(file), path);
    }
    Result<> make_directories(const fs::path& path) override {
        PINFLOW_TRY(step());
        return posix_disk().make_directories(path);
    }
    Result<> rename(const fs::path& from, const fs::path& to) override {
        PINFLOW_TRY(step());
        auto before = read_file(posix_disk(), to);
        PINFLOW_TRY(posix_disk().rename(from, to));
        if (unsynced_.erase(from)) unsynced_.insert(to);
        undo_.emplace_back([to, before] {
            fs::remove(to);
            if (before) EXPECT_TRUE(replace_file(posix_disk(), to, *before));
        });
        return {};
    }
    Result<> link(const fs::path& existing, const fs::path& name) override {
        PINFLOW_TRY(step());
        PINFLOW_TRY(posix_disk().link(existing, name));
        if (unsynced_.contains(existing)) unsynced_.insert(name);
        undo_.emplace_back([name] { fs::remove(name); });
        return {};
    }
    Result<> remove(const fs::path& path) override {
        PINFLOW_TRY(step());
        return posix_disk().remove(path);
    }
    Result<std::vector<Entry>> list(const fs::path& path) override { return posix_disk().list(path); }
    Result<> sync_directory(const fs::path& path) override {
        PINFLOW_TRY(step());
        undo_.clear();
        return posix_disk().sync_directory(path);
    }

  private:
    class File final : public pinflow::File {
      public:
        File(PowerLossDisk& disk, std::unique_ptr<pinflow::File> file, fs::path path)
            : disk_(disk), file_(std::move(file)), path_(std::move(path)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t position) override { return file_->read_at(into, position); }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
            PINFLOW_TRY(disk_.step());
            disk_.unsynced_.insert(path_);
            return file_->write_at(pieces, position);
        }
        Result<> sync() override {
            PINFLOW_TRY(disk_.step());
            disk_.unsynced_.erase(path_);
            return file_->sync();
        }
        Result<> resize(uint64_t size) override { return file_->resize(size); }
        Result<> allocate(uint64_t size) override { return file_->allocate(size); }
        Result<uint64_t> size() override { return file_->size(); }
        int descriptor() const override { return -1; }

      private:
        PowerLossDisk& disk_;
        std::unique_ptr<pinflow::File> file_;
        fs::path path_;
    };

    Result<> step() {
        if (steps_ >= 0) --steps_;
        if (steps_ < 0) return fail(Code::io, "the power is gone");
        return {};
    }

    int steps_;
    std::set<fs::path> unsynced_;
    std::vector<std::function<void()>> undo_;
};

class CrashTest : public TableTest {
  protected:
    // Runs `deed` on a fresh table of two versions, once a step and possible world, until it needs no more steps;
    // `verify` gets what the deed said and the table as it is afterwards.
    template <class Deed, class Verify>
    void at_every_step(Deed deed, Verify verify) {
        for (const bool names_survive : {false, true}) {
            for (int steps = 0;; ++steps) {
                ASSERT_LT(steps, 100);
                fs::remove_all(folder / "t");
                ASSERT_TRUE(create()->append(batch("a", 1)));
                PowerLossDisk disk(steps);
                auto table = Table::open(environment(disk), folder / "t");
                ASSERT_TRUE(table) << table.error().message;
                const bool done = deed(**table);
                if (!disk.lost()) {
                    EXPECT_TRUE(done);
                    EXPECT_GT(steps, 4);
                    break;
                }
                disk.after_power_loss(names_survive);
                SCOPED_TRACE(fmt::format("power lost after {} steps, names survive: {}", steps, names_survive));
                auto after = open();
                ASSERT_TRUE(after);
                verify(done, *after);
                EXPECT_TRUE(after->append(batch("z", 100))) << "and it goes on";
            }
        }
    }
};

TEST_F(CrashTest, ACommitIsThereOrNot) {
    at_every_step([](Table& table) { return table.append(batch("b", 2)).has_value(); },
                  [](bool done, Table& after) {
                      const auto snapshot = after.snapshot();
                      const bool there = snapshot->version == 2;
                      EXPECT_TRUE(there || snapshot->version == 1);
                      EXPECT_TRUE(there || !done) << "an acknowledged commit is gone";
                      EXPECT_EQ(snapshot->files.size(), there ? 2U : 1U);
                      EXPECT_EQ(snapshot->txn_version("pins/0"), there ? 2 : 1);
                  });
}

TEST_F(CrashTest, ACheckpointNeverChangesWhatIsRead) {
    at_every_step([](Table& table) { return table.checkpoint().has_value(); },
                  [](bool, Table& after) {
                      EXPECT_EQ(after.snapshot()->version, 1);
                      EXPECT_THAT(paths(*after.snapshot()), testing::ElementsAre("a"));
                  });
}

TEST_F(CrashTest, ATableIsCreatedWholeOrNot) {
    for (const bool names_survive : {false, true}) {
        for (int steps = 0; steps < 20; ++steps) {
            fs::remove_all(folder / "t");
            PowerLossDisk disk(steps);
            const bool done = Table::create(environment(disk), folder / "t", metadata()).has_value();
            if (!disk.lost()) break;
            disk.after_power_loss(names_survive);
            auto after = Table::open(environment(), folder / "t");
            EXPECT_TRUE(after || !done);
            if (!after) {
                EXPECT_EQ(after.error().code, Code::not_found) << after.error().message;
                EXPECT_TRUE(create());
            }
        }
    }
}

TEST_F(CrashTest, AnUnknownOutcomeIsFoundOutFirst) {
    ASSERT_TRUE(create());
    for (int steps = 0; steps < 10; ++steps) {
        PowerLossDisk disk(steps);
        auto table = *Table::open(environment(disk), folder / "t");
        if (table->append(batch("b", 2))) break;
        // The same batch again by a process that came after: once in the table, whatever the first try left.
        auto second = open();
        ASSERT_TRUE(second->append(batch("b", 2)));
        EXPECT_EQ(second->snapshot()->version, 1);
        EXPECT_EQ(second->snapshot()->files.size(), 1U);
    }
}

}  // namespace
}  // namespace pinflow::delta
