// A table that takes one commit a second for a day, in a few minutes: the clock is turned, the disk does not sync.
// Tells how many files there are at the end and how fast the table is opened and read.
// Usage: bench_day FOLDER PIPELINE KIND [COMMITS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "bench/measure.h"
#include "delta/log_files.h"
#include "delta/paths.h"
#include "sink/catalog.h"
#include "sink/table_store.h"

namespace {

using namespace pinflow;
using namespace pinflow::bench;
namespace fs = std::filesystem;

class TurnedClock final : public Clock {
  public:
    int64_t wall_ms() const override { return start_ + turned_ms; }
    int64_t steady_ms() const override { return turned_ms; }
    int64_t turned_ms = 0;

  private:
    const int64_t start_ = system_clock().wall_ms();
};

// Gives files the clock's time, as log cleanup goes by it.
class TurnedDisk final : public Disk {
  public:
    explicit TurnedDisk(const TurnedClock& clock) : clock_(clock) {}
    Result<std::unique_ptr<File>> open(const fs::path& path, Mode mode) override {
        PINFLOW_ASSIGN(auto file, posix_disk().open(path, mode));
        return std::make_unique<Unsynced>(std::move(file));
    }
    Result<> make_directories(const fs::path& path) override { return posix_disk().make_directories(path); }
    Result<> rename(const fs::path& from, const fs::path& to) override {
        PINFLOW_TRY(posix_disk().rename(from, to));
        return set_time(to);
    }
    Result<> link(const fs::path& existing, const fs::path& name) override {
        PINFLOW_TRY(posix_disk().link(existing, name));
        return set_time(name);
    }
    Result<> remove(const fs::path& path) override { return posix_disk().remove(path); }
    Result<std::vector<Entry>> list(const fs::path& folder) override { return posix_disk().list(folder); }
    Result<> sync_directory(const fs::path&) override { return {}; }

    Result<> set_time(const fs::path& path) const {
        fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::milliseconds(clock_.turned_ms));
        return {};
    }

  private:
    class Unsynced final : public File {
      public:
        explicit Unsynced(std::unique_ptr<File> file) : file_(std::move(file)) {}
        Result<size_t> read_at(MutableBytes into, uint64_t at) override { return file_->read_at(into, at); }
        Result<> write_at(std::span<const Bytes> pieces, uint64_t at) override { return file_->write_at(pieces, at); }
        Result<> sync() override { return {}; }
        Result<> resize(uint64_t size) override { return file_->resize(size); }
        Result<> allocate(uint64_t size) override { return file_->allocate(size); }
        Result<uint64_t> size() override { return file_->size(); }
        int descriptor() const override { return file_->descriptor(); }

      private:
        std::unique_ptr<File> file_;
    };
    const TurnedClock& clock_;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

size_t count_files(const fs::path& folder) {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder)) count += entry.is_regular_file() ? 1 : 0;
    return count;
}

// What every commit adds: one file of one record.
engine::ParquetFile sample(const sink::TablePlan& plan, engine::Database& database, const fs::path& folder) {
    const auto cleaner = need(sink::Cleaner::make(plan, database, folder));
    cleaner->begin();
    const std::string value = R"({"ind":1,"country":"Chad","category":"art","age":30})";
    const engine::RecordIn record{.topic = "day", .timestamp_ms = 1'700'000'000'000, .value = as_bytes(value)};
    cleaner->add({&record, 1});
    return need(cleaner->write(folder, folder)).clean.at(0).file;
}

void report(const fs::path& folder, const delta::Environment& environment, int64_t commits) {
    auto start = std::chrono::steady_clock::now();
    const auto table = need(delta::Table::open(environment, folder));
    const double opened = seconds_since(start);
    const auto snapshot = table->snapshot();
    std::printf(
        "opened in %.1f ms: version %lld, %lld rows in %zu files, %zu tombstones; %zu files in the log, %zu data "
        "files\n",
        opened * 1000, static_cast<long long>(snapshot->version),
        static_cast<long long>(snapshot->row_count().value_or(-1)), snapshot->files.size(), snapshot->tombstones.size(),
        count_files(folder / "_delta_log"), count_files(folder));
    if (snapshot->row_count() != commits) std::printf("WRONG: %lld rows expected\n", static_cast<long long>(commits));
}

void day(const fs::path& folder, const fs::path& pipeline, const std::string& kind, int64_t commits) {
    fs::remove_all(folder);
    fs::create_directories(folder / "lake");
    TurnedClock clock;
    TurnedDisk disk(clock);
    const auto database =
        need(engine::Database::open({.external_access = true, .filter_last = true, .keep_order = false}));
    const auto pipelines = need(sink::Pipelines::load({pipeline}, *database));
    const auto plan = std::ranges::find(pipelines->plans(), kind, [](const auto& p) { return p.declaration.kind; });
    if (plan == pipelines->plans().end()) throw std::runtime_error("no table " + kind);
    const delta::Environment environment{disk, clock, database};
    const auto store = need(sink::TableStore::open(environment, folder / "lake", "day", *plan));
    const engine::ParquetFile file = sample(*plan, *database, folder);
    const auto start = std::chrono::steady_clock::now();
    double upkeep = 0;
    size_t most_files = 0;
    for (int64_t i = 0; i < commits; ++i) {
        clock.turned_ms += 1000;
        sink::Cleaned cleaned{.clean = {{file, {}}}, .quarantine = {}, .rows = 1};
        cleaned.clean[0].file.path = store->clean_folder() / delta::new_data_file_name();
        fs::create_hard_link(file.path, cleaned.clean[0].file.path);
        if (const auto done = store->commit(cleaned, {{.app_id = "p", .version = i + 1}}, plan->clean_schema); !done)
            throw std::runtime_error(done.error().message);
        most_files = std::max(most_files, store->clean().snapshot()->files.size());
        if (i % 16 != 15) continue;
        const auto began = std::chrono::steady_clock::now();
        while (need(store->upkeep(*database))) {
        }
        upkeep += seconds_since(began);
    }
    const double all = seconds_since(start);
    std::printf("%lld commits in %.1f s: %.2f ms each, %.2f ms of it upkeep; at most %zu files at a time\n",
                static_cast<long long>(commits), all, all * 1000 / static_cast<double>(commits),
                upkeep * 1000 / static_cast<double>(commits), most_files);
    report(store->clean_folder(), environment, commits);
    sink::Catalog catalog(database, environment, pipelines, {.lake = folder / "lake", .topics = {}});
    for (const auto* sql :
         {"SELECT count(*), max(ind) FROM clean.day", "SELECT count(*) FROM clean.day WHERE ind = 5"}) {
        const auto began = std::chrono::steady_clock::now();
        need(catalog.run(sql, engine::Format::csv));
        std::printf("%s: %.1f ms\n", sql, seconds_since(began) * 1000);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return std::fprintf(stderr, "usage: bench_day FOLDER PIPELINE KIND [COMMITS]\n"), 2;
    day(argv[1], argv[2], argv[3], argc > 4 ? std::atoll(argv[4]) : 86'400);
    return 0;
}
