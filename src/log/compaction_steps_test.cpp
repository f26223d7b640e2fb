// Compaction that is stopped, fails or loses power at each of its steps: nothing is lost, nothing is there twice, and
// the next one succeeds. A pass has some hundred steps: PINFLOW_STEP_STRIDE=1 tries all of them.
#include "base/faulty_disk.h"
#include "log/batch_scanner.h"
#include "log/compaction_fixture.h"
#include "log/power_loss.h"

namespace pinflow::log {
namespace {

// Passes on to another disk until some change of the disk is due: from there on all fail, or just that one.
class SteppedDisk final : public Disk {
  public:
    enum class Then : uint8_t { power_loss, killed, error, full };
    explicit SteppedDisk(FaultyDisk& disk) : disk_(disk) {}

    void fail_after(int steps, Then then) {
        left_ = steps;
        then_ = then;
    }
    void work_again() {
        left_ = INT32_MAX;
        dead_ = false;
    }
    bool failed() const { return failed_; }

    Result<std::unique_ptr<File>> open(const std::filesystem::path& path, Mode mode) override {
        if (mode != Mode::read) PINFLOW_TRY(step());
        if (dead_) return fail(Code::io, "stopped");
        PINFLOW_ASSIGN(auto file, disk_.open(path, mode));
        return std::make_unique<SteppedFile>(*this, std::move(file));
    }
    Result<> make_directories(const std::filesystem::path& path) override { return disk_.make_directories(path); }
    Result<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        PINFLOW_TRY(step());
        return disk_.rename(from, to);
    }
    Result<> link(const std::filesystem::path& existing, const std::filesystem::path& name) override {
        return disk_.link(existing, name);
    }
    Result<> remove(const std::filesystem::path& path) override {
        PINFLOW_TRY(step());
        return disk_.remove(path);
    }
    Result<std::vector<Entry>> list(const std::filesystem::path& folder) override { return disk_.list(folder); }
    Result<> sync_directory(const std::filesystem::path& folder) override {
        PINFLOW_TRY(step());
        return disk_.sync_directory(folder);
    }

  private:
    class SteppedFile final : public File {
      public:
        SteppedFile(SteppedDisk& disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t position) override { return file_->read_at(into, position); }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t position) override {
            PINFLOW_TRY(disk_.step());
            return file_->write_at(pieces, position);
        }
        Result<> sync() override {
            PINFLOW_TRY(disk_.step());
            return file_->sync();
        }
        Result<> resize(uint64_t size) override { return file_->resize(size); }
        Result<> allocate(uint64_t size) override { return file_->allocate(size); }
        Result<uint64_t> size() override { return file_->size(); }
        int descriptor() const override { return file_->descriptor(); }

      private:
        SteppedDisk& disk_;
        std::unique_ptr<File> file_;
    };

    Result<> step() {
        if (dead_) return fail(Code::io, "stopped");
        if (left_-- > 0) return {};
        failed_ = true;
        left_ = INT32_MAX;
        if (then_ == Then::power_loss) disk_.power_loss();
        dead_ = then_ == Then::power_loss || then_ == Then::killed;
        return fail(then_ == Then::full ? Code::disk_full : Code::io, "step failed");
    }

    FaultyDisk& disk_;
    std::atomic<int> left_ = INT32_MAX;
    std::atomic<bool> dead_ = false;
    std::atomic<bool> failed_ = false;
    Then then_ = Then::error;
};

using Then = SteppedDisk::Then;

class CompactionSteps : public testing::TestWithParam<Then> {
  protected:
    static constexpr int64_t now = 1'700'000'100'000;

    void open(Disk& disk) {
        log_.reset();
        Options options;
        options.background = false;
        options.compaction_retry_ms = 1;
        auto opened = Log::open(disk, system_clock(), "/data/log", options);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
        const auto made = log_->create("t", id_, 0, compacted_config());
        ASSERT_TRUE(made) << made.error().message;
        partition_ = *made;
    }
    void append(const std::vector<KeyValue>& records, std::optional<ProducerStamp> stamp = {}) {
        const auto done = append_records(*partition_, records, stamp);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(when_durable(*partition_, done->last_offset));
    }
    // Several segments of plain records, of an idempotent producer, and of committed and aborted transactions.
    void write(int rounds) {
        for (int i = 0; i < rounds; ++i) {
            const std::string value = fmt::format("{} {}", number_++, std::string(400, 'v'));
            append({{fmt::format("key {}", i % 5), value}, {fmt::format("other {}", i % 11), value}});
            append({{fmt::format("key {}", i % 3), value}}, ProducerStamp{7, 0, sequence_++, false});
            append({{fmt::format("key {}", i % 4), value}}, ProducerStamp{8, 0, transactional_++, true});
            const auto type = i % 2 == 0 ? MarkerType::commit : MarkerType::abort;
            const auto ended = partition_->append_marker(8, 0, {type, 1});
            ASSERT_TRUE(ended && when_durable(*partition_, ended->last_offset));
            if (i % 6 == 5) append({{fmt::format("other {}", i % 11), std::nullopt}});
        }
        ASSERT_TRUE(log_->checkpoint());
    }
    void remember() {
        for (Found& each : read_all(*partition_)) known_[each.offset] = each;
        newest_ = newest();
        end_ = partition_->end_offset();
    }
    std::map<std::string, std::string> newest() const {
        std::map<std::string, std::string> found;
        for (const Found& each : read_all(*partition_)) {
            found.erase(each.key);
            if (each.value) found[each.key] = *each.value;
        }
        return found;
    }
    void check(const std::string& what) {
        int64_t last = -1;
        for (const Found& each : read_all(*partition_)) {
            ASSERT_GT(each.offset, last) << what;
            last = each.offset;
            ASSERT_EQ(each, known_.at(each.offset)) << what;
        }
        ASSERT_EQ(newest(), newest_) << what;
        ASSERT_EQ(partition_->end_offset(), end_) << what;
        ASSERT_TRUE(log_->damages().empty()) << what << ": " << log_->damages()[0].message;
        // The producers go on where they were, and what they sent last is known.
        const auto again = append_records(*partition_, {{"again", "x"}}, ProducerStamp{7, 0, sequence_ - 1, false});
        ASSERT_TRUE(again && again->duplicate) << what;
    }
    // No file holds what another holds too.
    static void expect_in_order(FaultyDisk& disk, const std::string& what) {
        int64_t last = -1;
        for (const auto& entry : *disk.list("/data/log/t-0")) {  // by name
            if (!entry.name.ends_with(".log")) continue;
            const auto file = *disk.open("/data/log/t-0/" + entry.name, Disk::Mode::read);
            BatchScanner scanner(*file, 0, *file->size());
            for (auto batch = *scanner.peek(); batch; batch = *scanner.peek()) {
                const BatchHeader header = BatchHeader::load(batch->data());
                ASSERT_GT(header.base_offset, last) << what << ": " << entry.name;
                last = header.last_offset();
                scanner.skip(header.size());
            }
        }
    }
    // Begins with some segments that were compacted before. True: some step failed.
    bool fail_at(int step, const std::string& what) {
        FaultyDisk memory(static_cast<uint64_t>(step) + 1);
        SteppedDisk disk(memory);
        id_ = Uuid::random();
        number_ = sequence_ = transactional_ = 0;
        known_.clear();
        open(disk);
        write(8);
        EXPECT_TRUE(log_->compact(now));
        write(8);
        remember();
        Config wide = compacted_config();
        wide.segment_bytes = 100'000;  // now all become one
        partition_->set_config(wide);
        disk.fail_after(step, GetParam());
        const auto passes = log_->compact(now + 1000);
        const bool failed = disk.failed();
        EXPECT_TRUE(passes || failed) << what << ": " << passes.error().message;
        if (GetParam() == Then::error || GetParam() == Then::full) check(what + ", going on");
        disk.work_again();
        memory.restart();
        if (GetParam() == Then::power_loss || GetParam() == Then::killed) open(disk);
        if (HasFatalFailure()) return false;
        check(what + ", then");
        if (GetParam() == Then::power_loss || GetParam() == Then::killed) expect_in_order(memory, what);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        EXPECT_TRUE(log_->checkpoint()) << what;
        EXPECT_TRUE(log_->compact(now + 2000)) << what;
        check(what + ", compacted again");
        EXPECT_TRUE(log_->close()) << what;
        open(disk);
        check(what + ", opened again");
        EXPECT_LT(read_all(*partition_).size(), known_.size()) << what;
        for (const auto& entry : *memory.list("/data/log/t-0"))
            EXPECT_TRUE(!entry.name.ends_with(".swap") && !entry.name.ends_with(".cleaned")) << what << entry.name;
        partition_.reset();
        log_.reset();
        return failed;
    }

    std::unique_ptr<Log> log_;
    std::shared_ptr<Partition> partition_;
    Uuid id_;
    int number_ = 0;
    int32_t sequence_ = 0;
    int32_t transactional_ = 0;
    std::map<int64_t, Found> known_;
    std::map<std::string, std::string> newest_;
    int64_t end_ = 0;
};

TEST_P(CompactionSteps, NothingIsLostAtAnyOfThem) {
    const int stride = setting("PINFLOW_STEP_STRIDE", 5);
    int step = static_cast<int>(GetParam()) * 3 % stride;
    while (fail_at(step, fmt::format("step {}", step)) && !HasFailure()) step += stride;
    EXPECT_GT(step, 30) << "so many steps has a pass";
}

std::string name_of(const testing::TestParamInfo<Then>& each) {
    constexpr std::array names = {"PowerLoss", "Killed", "Error", "Full"};
    return names[static_cast<size_t>(each.param)];
}
INSTANTIATE_TEST_SUITE_P(All, CompactionSteps, testing::Values(Then::power_loss, Then::killed, Then::error, Then::full),
                         name_of);

}  // namespace
}  // namespace pinflow::log
