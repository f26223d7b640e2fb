// The way from the log into clean tables without doors: CPU seconds per million records that wait in the log, and the
// cost of many tables with a trickle each. Usage: bench_tables FOLDER PIPELINE feed MILLIONS | trickle TABLES SECONDS
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "bench/measure.h"
#include "log/log.h"
#include "sink/catalog.h"
#include "sink/tables.h"

namespace {

using namespace pinflow;
using namespace pinflow::bench;

struct Setup {
    explicit Setup(const std::filesystem::path& folder, const std::filesystem::path& pipeline, int threads)
        : log(need(log::Log::open(posix_disk(), system_clock(), folder / "log", {}))),
          topics(need(broker::Topics::open(posix_disk(), system_clock(), *log, folder / "topics", {}))) {
        std::filesystem::create_directories(folder / "lake");
        flow = need(engine::Database::open(
            {.threads = threads, .external_access = true, .filter_last = true, .keep_order = false}));
        pipelines = need(sink::Pipelines::load({pipeline}, *flow));
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
    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    std::shared_ptr<engine::Database> flow;
    std::shared_ptr<const sink::Pipelines> pipelines;
    std::unique_ptr<sink::Tables> tables;
};

void feed(const Setup& setup, size_t count) {
    std::mt19937_64 random(100);
    log::BatchBuilder builder;
    const int64_t now = system_clock().wall_ms();  // retention must find nothing old
    for (size_t i = 0; i < count; ++i) {
        builder.add(now + static_cast<int64_t>(i) / 1000, std::nullopt, as_bytes(pin(random, i)));
        if (builder.record_count() == 1000 || i + 1 == count) setup.post("feed.pin", builder);
    }
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
        std::fprintf(stderr, "usage: bench_tables FOLDER PIPELINE feed MILLIONS | trickle TABLES SECONDS\n");
        return 2;
    }
    std::filesystem::remove_all(argv[1]);
    const char* const threads = std::getenv("THREADS");  // of the database
    const Setup setup(argv[1], argv[2], threads != nullptr ? std::atoi(threads) : 2);
    if (std::string_view(argv[3]) == "feed")
        feed(setup, static_cast<size_t>(std::atof(argv[4]) * 1e6));
    else
        trickle(setup, std::atoi(argv[4]), argc > 5 ? std::atof(argv[5]) : 10);
    return 0;
}
