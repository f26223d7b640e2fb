// What the tests of rebuilds share: a pipeline of one table whose rules change, and what must hold afterwards.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sink/rebuilds.h"
#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"

namespace pinflow::sink {

// Rows must be at most `most`.
struct TestRules {
    int most = 15;
    std::string columns = "a";
    std::string more = "";  // of [table.n]
};

inline std::filesystem::path write_rules(const std::filesystem::path& folder, const TestRules& rules) {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << "input = { a = \"bigint\" }\n"
        << rules.more << "\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << rules.most
        << "\"\nmessage = \"{a} is over " << rules.most << "\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT " << rules.columns << " FROM input";
    return folder / "p";
}

inline std::vector<std::string> counted(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
    return records;
}

class Rebuilding : public testing::Test {
  protected:
    void start(const TestRules& rules, Disk& disk = posix_disk()) {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), disk, write_rules(folder_.path(), rules),
                                           TablesOptions{.upkeep = false,
                                                         .rebuild_part_bytes = part_bytes_,
                                                         .raw_sources = {.open = raw_, .suggest = suggest_}});
        flow_->tables->start();
    }
    void post(int from, int to) {
        flow_->post("n", counted(from, to));
        flow_->drain();
    }
    RebuildStatus rebuild(std::optional<int64_t> from_ms = std::nullopt, bool dry_run = false,
                          const std::string& source = "") {
        Rebuilds& rebuilds = flow_->tables->rebuilds();
        return need(rebuilds.wait(need(rebuilds.ask("n", from_ms, dry_run, source)), 60'000));
    }
    std::string refused(std::optional<int64_t> from_ms = std::nullopt, const std::string& source = "") {
        const auto id = flow_->tables->rebuilds().ask("n", from_ms, false, source);
        return id ? "taken" : id.error().message;
    }
    void expect_each_once(int64_t count, const std::string& table = "n") {
        EXPECT_EQ(flow_->rows(fmt::format(
                      "SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset) FROM (SELECT _offset FROM "
                      "clean_rows.{0} UNION ALL SELECT _offset FROM quarantine.{0})",
                      table)),
                  fmt::format("{0},{0},0,{1}\n", count, count - 1));
    }
    std::string aside() { return flow_->rows("SELECT count(*), count(DISTINCT rule_version) FROM quarantine.n"); }
    void cut_log(int64_t before) {
        ASSERT_TRUE(need(flow_->topics->find_or_create("n"))->partitions[0]->delete_before(before));
    }
    // Every row of both tables, and where it comes from.
    std::string all_rows() {
        return flow_->rows("SELECT * FROM clean_rows.n ORDER BY _offset, _index") +
               flow_->rows("SELECT * EXCLUDE (rule_version) FROM quarantine.n ORDER BY _offset, message");
    }
    bool is_journal_there() { return std::filesystem::exists(folder_.path() / "lake/.rebuild/n.ndjson"); }
    // Parquet files that no version names.
    std::string unnamed_files() {
        std::string found;
        for (const std::string schema : {"clean", "quarantine"}) {
            const auto folder = folder_.path() / "lake" / schema / "n";
            const auto table = need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder));
            for (const auto& entry : std::filesystem::directory_iterator(folder)) {
                const std::string name = entry.path().filename().string();
                if (!name.ends_with(".parquet") || table->snapshot()->files.find(name)) continue;
                if (!table->snapshot()->tombstones.find(name)) found += schema + "/" + name + " ";
            }
        }
        return found;
    }

    TestFolder folder_;
    size_t part_bytes_ = 20'000;
    OpenRawHistory raw_;
    std::function<std::string(const std::string&)> suggest_;
    std::unique_ptr<TestFlow> flow_;
};

}  // namespace pinflow::sink
