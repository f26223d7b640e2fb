// Does to a Delta table what the readers' test asks for, one command a run:
//   create DIR | append DIR APP OFFSET ROWS | many DIR APP COUNT | checkpoint DIR | compact DIR | show DIR
// and `bench DIR COUNT`: what a commit costs. Prints one line of JSON.
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>

#include "base/json_writer.h"
#include "base/text.h"
#include "delta/paths.h"
#include "delta/table.h"
#include "engine/database.h"

namespace pinflow::delta {
namespace {

namespace fs = std::filesystem;

template <class T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::cerr << result.error().message << '\n';
    std::exit(1);
}
void must(Result<> result) {
    if (result) return;
    std::cerr << result.error().message << '\n';
    std::exit(1);
}

class Driver {
  public:
    explicit Driver(fs::path folder)
        : folder_(std::move(folder)),
          environment_{posix_disk(), system_clock(), must(engine::Database::open({.external_access = true}))} {}

    void create() {
        Metadata metadata{.name = "pins", .configuration = default_configuration()};
        metadata.schema.columns = {
            {.name = "ind", .type = {.kind = Type::Kind::long_}},
            {.name = "title"},
            {.name = "at", .type = {.kind = Type::Kind::timestamp}},
            {.name = "point", .type = {.kind = Type::Kind::array, .children = {{.kind = Type::Kind::double_}}}}};
        must(Table::create(environment_, folder_, std::move(metadata)));
    }

    AddFile write(const std::string& select) {
        const std::string name = new_data_file_name();
        const fs::path path = folder_ / name;
        engine::Connection connection = must(environment_.database->connect());
        must(connection.execute(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd)", select,
                                            engine::quote_text(path.string()))));
        const auto rows = must(
            connection.query(fmt::format("SELECT count(*), min(ind), max(ind), count(*) FILTER (ind IS NULL) FROM {}",
                                         engine::quote_text(path.string()))));
        AddFile add{.path = encode_path(name),
                    .size_bytes = static_cast<int64_t>(fs::file_size(path)),
                    .modification_ms = system_clock().wall_ms()};
        add.stats_json = fmt::format(
            R"({{"numRecords":{},"minValues":{{"ind":{}}},"maxValues":{{"ind":{}}},"nullCount":{{"ind":{}}}}})",
            rows.int64(0, 0), rows.int64(0, 1), rows.int64(0, 2), rows.int64(0, 3));
        return add;
    }

    void append(Table& table, const std::string& app, int64_t last_offset, int64_t rows) {
        Commit commit{.txns = {{.app_id = app, .version = last_offset}}};
        commit.info.parameters = {{"outputMode", "Append"}, {"queryId", app}};
        commit.info.extra_json = R"({"rule_version":1})";
        commit.adds = {
            write(fmt::format("SELECT CAST(i AS BIGINT) AS ind, 'tïtle ' || i AS title, "
                              "TIMESTAMPTZ '2020-08-28 03:52:47Z' + to_seconds(i) AS at, "
                              "[1.5, CAST(i AS DOUBLE)] AS point FROM range({}, {}) t(i)",
                              last_offset + 1 - rows, last_offset + 1))};
        must(table.append(std::move(commit)));
    }

    void run(const std::string& command, const std::vector<std::string>& arguments) {
        if (command == "create") create();
        auto table = must(Table::open(environment_, folder_));
        if (command == "append") {
            append(*table, arguments.at(0), parse_int(arguments.at(1)).value(), parse_int(arguments.at(2)).value());
        }
        if (command == "many") {
            const int64_t count = parse_int(arguments.at(1)).value();
            for (int64_t i = 0; i < count; ++i) append(*table, arguments.at(0), i, 1);
        }
        if (command == "checkpoint") must(table->checkpoint());
        if (command == "compact") compact(*table);
        if (command == "bench") bench(*table, parse_int(arguments.at(0)).value());
        show(*table);
    }

  private:
    void compact(Table& table) {
        for (const CompactionJob& job : plan_compaction(*table.snapshot(), {.everything = true})) {
            std::string files;
            for (const auto& file : job.files) {
                files +=
                    (files.empty() ? "" : ", ") + engine::quote_text(must(file_path(folder_, file->path)).string());
            }
            must(table.replace(job.files, {write(fmt::format("SELECT * FROM read_parquet([{}])", files))}));
        }
    }

    static double cpu_ms() {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        const auto ms = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
        };
        return ms(usage.ru_utime) + ms(usage.ru_stime);
    }

    // The files are only named, not written: this is about the log.
    void bench(Table& table, int64_t count) {
        auto reader = must(Table::open(environment_, folder_));
        const std::string stats(400, 'x');
        double commit_cpu = 0;
        double refresh_cpu = 0;
        const int64_t started = system_clock().steady_ms();
        for (int64_t i = 0; i < count; ++i) {
            Commit commit{.txns = {{.app_id = "bench/0", .version = i}}};
            commit.adds = {
                {.path = new_data_file_name(), .size_bytes = 4096, .stats_json = "{\"a\":\"" + stats + "\"}"}};
            const double before = cpu_ms();
            must(table.append(std::move(commit)));
            const double between = cpu_ms();
            must(reader->refresh());
            commit_cpu += between - before;
            refresh_cpu += cpu_ms() - between;
        }
        const auto n = static_cast<double>(count);
        std::cerr << fmt::format(
            "{} commits: {:.3f} ms each (wall, with refresh), CPU {:.3f} ms a commit, {:.3f} ms a refresh\n", count,
            static_cast<double>(system_clock().steady_ms() - started) / n, commit_cpu / n, refresh_cpu / n);
        const auto measure = [&](std::string_view what, auto&& deed) {
            const double before = cpu_ms();
            deed();
            std::cerr << fmt::format("{}: CPU {:.1f} ms\n", what, cpu_ms() - before);
        };
        measure("open by commits", [&] { must(Table::open(environment_, folder_)); });
        measure("checkpoint", [&] { must(table.checkpoint()); });
        measure("open by checkpoint", [&] { must(Table::open(environment_, folder_)); });
        measure("plan compaction", [&] { plan_compaction(*table.snapshot(), {}); });
    }

    static void show(const Table& table) {
        const auto snapshot = table.snapshot();
        JsonWriter out;
        out.begin_object().key("version").number(snapshot->version).key("files").number(snapshot->files.size());
        out.key("rows").number(snapshot->row_count().value_or(-1));
        out.key("tombstones").number(snapshot->tombstones.size()).key("txns").begin_object();
        snapshot->txns.for_each([&](const TxnSet::Pointer& txn) { out.key(txn->app_id).number(txn->version); });
        out.end_object().key("columns").begin_array();
        for (const Column& column : snapshot->metadata->schema.columns) out.string(column.name);
        out.end_array().end_object();
        std::cout << out.text() << '\n';
    }

    fs::path folder_;
    Environment environment_;
};

}  // namespace
}  // namespace pinflow::delta

int main(int count, char** arguments) {
    if (count < 3) {
        std::cerr << "delta_driver COMMAND DIR [ARGUMENT…]\n";
        return 2;
    }
    pinflow::delta::Driver driver(arguments[2]);
    driver.run(arguments[1], std::vector<std::string>(arguments + 3, arguments + count));
}
