// For tests: a small Pinflow with one table whose rows are unique by id.
#pragma once
#include <gmock/gmock.h>

#include <fstream>

#include "sink/test_failing_disk.h"
#include "sink/test_flow.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {

struct UniqueTable {
    std::string unique = "[\"id\"]";
    std::string more = {};  // of the declaration
    std::string sql = "SELECT id, name, age, v FROM input";
};

inline std::filesystem::path make_unique_pipeline(const std::filesystem::path& folder, const UniqueTable& table = {}) {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }, { topic = \"m\", "
           "table = \"n\" }]\n"
        << "input = { id = \"bigint\", name = \"text\", age = \"bigint\", v = \"bigint\" }\nunique = " << table.unique
        << "\n"
        << table.more << "\n[[table.n.expect]]\nrule = \"old\"\ncheck = \"age < 100\"\nmessage = \"{age}\"\n";
    std::ofstream(folder / "p/n.sql") << table.sql;
    return folder / "p";
}

class UniqueRowsTest : public testing::Test {
  protected:
    void start(const UniqueTable& table = {}, Disk& disk = posix_disk(), bool upkeep = false) {
        flow_.reset();
        flow_ = std::make_unique<TestFlow>(folder_.path(), disk, make_unique_pipeline(folder_.path(), table),
                                           TablesOptions{.upkeep = upkeep});
        flow_->tables->start();
    }
    void post(const std::vector<std::string>& values, const std::string& topic = "n") {
        flow_->post(topic, values);
        flow_->drain();
    }
    std::string clean(const std::string& columns = "id, v") {
        return flow_->rows("SELECT " + columns + " FROM clean.n ORDER BY ALL");
    }
    std::unique_ptr<delta::Table> table() {
        return need(delta::Table::open({posix_disk(), system_clock(), flow_->flow}, folder_.path() / "lake/clean/n"));
    }
    // Since the table began.
    int64_t dropped() { return table()->snapshot()->txn_version(duplicates_app_id("p")); }

    TestFolder folder_;
    std::unique_ptr<TestFlow> flow_;
};

}  // namespace pinflow::sink
