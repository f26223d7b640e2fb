// What the tests of tables share: a folder, a clock that stands still until told, a small table.
#pragma once
#include <gmock/gmock.h>

#include <filesystem>

#include "base/uuid.h"
#include "delta/table.h"
#include "engine/database.h"

namespace pinflow::delta {

class TestClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms + asleep_ms; }
    int64_t steady_ms() const override { return now_ms; }
    int64_t now_ms = system_clock().wall_ms();
    int64_t asleep_ms = 0;
};

class TableTest : public testing::Test {
  protected:
    TableTest() : folder(std::filesystem::temp_directory_path() / ("delta-test-" + Uuid::random().text())) {
        std::filesystem::create_directories(folder);
    }
    ~TableTest() override { std::filesystem::remove_all(folder); }

    std::shared_ptr<engine::Database> database() {
        if (!database_) database_ = *engine::Database::open({.allowed_folders = {folder}});
        return database_;
    }
    Environment environment(Disk& disk = posix_disk()) { return {disk, clock, database()}; }
    static Metadata metadata() {
        Metadata made{.schema = {{{.name = "ind", .type = {.kind = Type::Kind::long_}}, {.name = "title"}}}};
        made.configuration = default_configuration();
        return made;
    }
    std::unique_ptr<Table> create(Metadata wanted = metadata()) {
        auto table = Table::create(environment(), folder / "t", std::move(wanted));
        EXPECT_TRUE(table) << table.error().message;
        return table ? std::move(*table) : nullptr;
    }
    std::unique_ptr<Table> open(const std::string& name = "t") {
        auto table = Table::open(environment(), folder / name);
        EXPECT_TRUE(table) << table.error().message;
        return table ? std::move(*table) : nullptr;
    }
    static AddFile file(const std::string& path, int64_t size = 1000) {
        return {.path = path, .size_bytes = size, .modification_ms = 1, .stats_json = R"({"numRecords":2})"};
    }
    // One file and one position.
    static Commit batch(const std::string& path, int64_t offset, const std::string& app = "pins/0") {
        return {.txns = {{.app_id = app, .version = offset}}, .adds = {file(path)}};
    }
    static std::vector<std::string> paths(const Snapshot& snapshot) {
        std::vector<std::string> all;
        snapshot.files.for_each([&](const FileSet::Pointer& one) { all.push_back(one->path); });
        std::ranges::sort(all);
        return all;
    }
    void write(const std::string& name, std::string_view contents) {
        std::filesystem::create_directories((folder / name).parent_path());
        ASSERT_TRUE(replace_file(posix_disk(), folder / name, contents));
    }

    std::filesystem::path folder;
    TestClock clock;

  private:
    std::shared_ptr<engine::Database> database_;
};

}  // namespace pinflow::delta
