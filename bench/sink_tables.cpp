// The way from the log into clean tables without doors: CPU seconds per million records that wait in the log, and the
// cost of many tables with a trickle each, and of rows that are unique by key in a table that has many.
// Usage: bench_tables FOLDER PIPELINE feed MILLIONS | trickle TABLES SECONDS | unique MILLIONS MILLIONS_OF_KEYS
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "bench/measure.h"
#include "delta/paths.h"
#include "log/log.h"
#include "sink/added_file.h"
#include "sink/catalog.h"
#include "sink/tables.h"

namespace {

using namespace pinflow;
using namespace pinflow::bench;

struct Setup {
    explicit Setup(const std::filesystem::path& folder_, const std::filesystem::path& pipeline, int threads,
                   bool unique)
        : folder(folder_),
          log(need(log::Log::open(posix_disk(), system_clock(), folder / "log", {}))),
          topics(need(broker::Topics::open(posix_disk(), system_clock(), *log, folder / "topics", {}))) {
        std::filesystem::create_directories(folder / "lake");
        flow = need(engine::Database::open(
            {.threads = threads, .external_access = true, .filter_last = true, .keep_order = false}));
        auto declaration = need(sink::read_declaration(pipeline));
        for (auto& table : declaration.tables)
            if (unique && table.kind == "pin") {
                table.unique = {"unique_id"};
                table.settings.latency_ms = 3'600'000;  // reading waits for drain()
            }
        pipelines = need(sink::Pipelines::from({std::move(declaration)}, *flow));
        begin_anew();
    }
    void begin_anew() {
        tables.reset();
        tables = std::make_unique<sink::Tables>(*topics, flow, posix_disk(), system_clock(), folder / "lake", pipelines,
                                                sink::TablesOptions{});
    }
    void post(const std::string& topic, log::BatchBuilder& builder) const {
        const auto& partition = need(topics->find_or_create(topic))->partitions[0];
        const auto appended = need(partition->append(builder.finish()));
        std::atomic<bool> acked = false;
        partition->when_acked(appended.last_offset, log::Ack::durable, [&acked](const Result<>&) {
            acked = true;
            acked.notify_all();
        });
        acked.wait(false);
        builder.reset();
    }
    std::filesystem::path folder;
    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    std::shared_ptr<engine::Database> flow;
    std::shared_ptr<const sink::Pipelines> pipelines;
    std::unique_ptr<sink::Tables> tables;
};

void post_pins(const Setup& setup, size_t count, uint64_t seed) {
    std::mt19937_64 random(seed);
    log::BatchBuilder builder;
    const int64_t now = system_clock().wall_ms();  // retention must find nothing old
    for (size_t i = 0; i < count; ++i) {
        builder.add(now + static_cast<int64_t>(i) / 1000, std::nullopt, as_bytes(pin(random, i)));
        if (builder.record_count() == 1000 || i + 1 == count) setup.post("feed.pin", builder);
    }
}

// CPU seconds until all that waits is in the tables.
double take_up(const Setup& setup) {
    const double cpu = cpu_seconds();
    if (!setup.tables->drain(3'600'000).complete) std::printf("LAGS\n");
    return cpu_seconds() - cpu;
}

double memory_mib() {
    std::ifstream status("/proc/self/statm");
    double all = 0;
    double resident = 0;
    status >> all >> resident;
    return resident * 4096 / (1 << 20);
}

// As if they had come long ago: files of nothing but keys.
void add_keys(const Setup& setup, double millions) {
    const delta::Environment environment{posix_disk(), system_clock(), setup.flow};
    const auto table = need(delta::Table::open(environment, setup.folder / "lake/clean/feed_pin"));
    engine::Connection connection = need(setup.flow->connect());
    for (double left = millions; left > 0; left -= 5) {
        const auto path = table->folder() / delta::new_data_file_name();
        const auto count = static_cast<int64_t>(std::min(left, 5.0) * 1e6);
        const auto file = need(engine::write_parquet(
            connection, fmt::format("SELECT uuid()::VARCHAR AS unique_id FROM range({})", count), path));
        auto add = need(sink::added_file(environment, table->folder(), {file, {}}));
        need(table->append({.info = {.operation = "WRITE"}, .adds = {std::move(add)}}));
    }
}

void unique(Setup& setup, size_t count, double millions_of_keys) {
    post_pins(setup, 1, 1);
    setup.tables->start();
    take_up(setup);
    setup.begin_anew();
    add_keys(setup, millions_of_keys);
    post_pins(setup, 1, 2);
    const double before = memory_mib();
    const double wall = wall_seconds();
    setup.tables->start();
    const double reading = take_up(setup);
    std::printf("keys read in %.1f s, %.1f CPU s; they take %.0f MiB, the process %.0f more than before\n",
                wall_seconds() - wall, reading, static_cast<double>(setup.tables->status().at(0).key_bytes) / (1 << 20),
                memory_mib() - before);
    post_pins(setup, count, 3);
    const double feeding = take_up(setup);
    std::printf("unique: %.2f CPU s per million, %lld rows; %.0f MiB in all\n",
                feeding * 1e6 / static_cast<double>(count), static_cast<long long>(setup.tables->status().at(0).rows),
                memory_mib());
}

void feed(const Setup& setup, size_t count) {
    post_pins(setup, count, 100);
    const double cpu = cpu_seconds();
    const double wall = wall_seconds();
    setup.tables->start();
    const auto drained = setup.tables->drain(600'000);
    const double took = wall_seconds() - wall;
    const double million = static_cast<double>(count) / 1e6;
    int64_t rows = 0;
    for (const auto& status : setup.tables->status()) rows += status.rows;
    if (rows != static_cast<int64_t>(count)) std::printf("WRONG: %lld rows\n", static_cast<long long>(rows));
    std::printf("feed: %s, %.2f CPU s per million, %.0f records/s, %.2f cores\n",
                drained.complete ? "complete" : "LAGS", (cpu_seconds() - cpu) / million,
                static_cast<double>(count) / took, (cpu_seconds() - cpu) / took);
}

void trickle(const Setup& setup, int tables, double seconds) {
    log::BatchBuilder builder;
    const auto post = [&](int table, int ind) {
        const std::string value = fmt::format(R"({{"ind":{},"country":"Chad"}})", ind);
        builder.add(system_clock().wall_ms(), std::nullopt, as_bytes(value));
        setup.post(fmt::format("t{}.geo", table), builder);
    };
    for (int i = 0; i < tables; ++i) post(i, -1);
    setup.tables->start();
    setup.tables->drain(600'000);
    const double cpu = cpu_seconds();
    const double start = wall_seconds();
    int posted = 0;
    while (wall_seconds() - start < seconds) {
        for (; posted < (wall_seconds() - start) * tables; ++posted) post(posted % tables, posted);
        pause_ms(2);
    }
    const double took = wall_seconds() - start;
    int64_t commits = 0;
    int64_t lag = 0;
    for (const auto& status : setup.tables->status()) {
        commits += status.commits;
        lag += status.lag_records;
    }
    std::printf(
        "trickle: %d records into %d tables in %.1f s: %.2f cores, %.2f CPU ms a record, %lld commits, lag %lld\n",
        posted, tables, took, (cpu_seconds() - cpu) / took, (cpu_seconds() - cpu) * 1000 / posted,
        static_cast<long long>(commits), static_cast<long long>(lag));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::fprintf(
            stderr,
            "usage: bench_tables FOLDER PIPELINE feed MILLIONS | trickle TABLES SECONDS | unique MILLIONS KEYS\n");
        return 2;
    }
    std::filesystem::remove_all(argv[1]);
    const char* const threads = std::getenv("THREADS");  // of the database
    const std::string_view what = argv[3];
    Setup setup(argv[1], argv[2], threads != nullptr ? std::atoi(threads) : 2, what == "unique");
    if (what == "unique")
        unique(setup, static_cast<size_t>(std::atof(argv[4]) * 1e6), argc > 5 ? std::atof(argv[5]) : 100);
    else if (what == "feed")
        feed(setup, static_cast<size_t>(std::atof(argv[4]) * 1e6));
    else
        trickle(setup, std::atoi(argv[4]), argc > 5 ? std::atof(argv[5]) : 10);
    return 0;
}
