// Tables in an object store, for tests: a store that fails when it is told to, its cache, and a pipeline of one table.
#pragma once
#include <gtest/gtest.h>

#include <fstream>

#include "objects/file_store.h"
#include "objects/test_faulty_store.h"
#include "sink/test_flow.h"

namespace pinflow::sink {

struct StoreLake {
    using FaultyStore = objects::FaultyStore;
    explicit StoreLake(const std::filesystem::path& folder, FaultyStore::Fault fault = FaultyStore::Fault::refused,
                       int first = FaultyStore::for_ever, int count = 0, uint64_t cache_bytes = 1 << 30,
                       const std::string& cache = "cache") {
        auto inner = std::make_shared<objects::FileStore>(posix_disk(), system_clock(), folder / "store");
        store = std::make_shared<FaultyStore>(inner, fault, first, count);
        stores = std::make_shared<delta::StoreFolders>(need(objects::FileCache::open(folder / cache, cache_bytes)),
                                                       objects::Surroundings{});
        place = stores->add("s3://bucket/lake", store);
    }
    TablesOptions options(bool upkeep = false) const { return {.upkeep = upkeep, .stores = stores, .place = place}; }

    std::shared_ptr<FaultyStore> store;
    std::shared_ptr<delta::StoreFolders> stores;
    std::filesystem::path place;
};

// A pipeline of one table whose rows must be at most so much.
inline std::filesystem::path at_most(const std::filesystem::path& folder, int most, const std::string& more = "") {
    std::filesystem::create_directories(folder / "p");
    std::ofstream(folder / "p/pipeline.toml")
        << "name = \"p\"\n[table.n]\nclean = \"n.sql\"\nsources = [{ topic = \"n\", table = \"n\" }]\n"
        << more << "input = { a = \"bigint\" }\n[[table.n.expect]]\nrule = \"most\"\ncheck = \"a <= " << most
        << "\"\nmessage = \"{a} is over " << most << "\"\n";
    std::ofstream(folder / "p/n.sql") << "SELECT a FROM input";
    return folder / "p";
}

inline std::filesystem::path most_15(const std::filesystem::path& folder, const std::string& more = "") {
    return at_most(folder, 15, more);
}

inline std::vector<std::string> values(int from, int to) {
    std::vector<std::string> records;
    for (int i = from; i < to; ++i) records.push_back(fmt::format(R"({{"a": {}}})", i));
    return records;
}

inline void expect_all_once(TestFlow& flow, int count) {
    EXPECT_EQ(
        flow.rows("SELECT count(*), count(DISTINCT _offset), min(_offset), max(_offset) FROM (SELECT _offset FROM "
                  "clean_rows.n UNION ALL SELECT _offset FROM quarantine.n)"),
        fmt::format("{0},{0},0,{1}\n", count, count - 1));
}

}  // namespace pinflow::sink
