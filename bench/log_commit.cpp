// Time of a group commit with 1 and with 500 partitions waiting, and CPU of an append: log_commit FOLDER
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <latch>
#include <thread>

#include "log/batch.h"
#include "log/log.h"

namespace {

using namespace pinflow;
using Time = std::chrono::steady_clock;

double ms_since(Time::time_point from) {
    return std::chrono::duration<double, std::milli>(Time::now() - from).count();
}

double cpu_s() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void commits(log::Log& log, int partitions, int rounds) {
    std::vector<std::shared_ptr<log::Partition>> all;
    for (int i = 0; i < partitions; ++i)
        all.push_back(*log.create(fmt::format("bench{}", partitions), Uuid::random(), i, {}));
    const std::string value(600, 'v');
    log::BatchBuilder builder;
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        std::latch waiting(partitions);
        const auto begin = Time::now();
        for (auto& each : all) {
            builder.reset();
            builder.add(system_clock().wall_ms(), std::nullopt, as_bytes(value));
            const auto done = each->append(builder.finish());
            each->when_acked(done->last_offset, log::Ack::durable, [&](Result<>) { waiting.count_down(); });
        }
        waiting.wait();
        times.push_back(ms_since(begin));
    }
    std::ranges::sort(times);
    fmt::print("commit, {} partitions waiting: p50 {:.2f} ms, p99 {:.2f} ms\n", partitions, times[times.size() / 2],
               times[times.size() * 99 / 100]);
}

void wait_written(log::Partition& partition) {
    std::latch done(1);
    partition.when_acked(partition.end_offset() - 1, log::Ack::written, [&](Result<>) { done.count_down(); });
    done.wait();
}

// CPU of all threads: building the batch, its CRC, the append and the write to the page cache; by so many idempotent
// producers (then the CRC is made twice, for a client would stamp its batches before).
void appends(log::Log& log, int records, int batches, int producers = 0) {
    log::Config config;
    config.write_caching = true;
    const auto partition = *log.create(fmt::format("caching{}-{}", records, producers), Uuid::random(), 0, config);
    const std::string value(600, 'v');
    log::BatchBuilder builder;
    const double before = cpu_s();
    const auto begin = Time::now();
    const int64_t now = system_clock().wall_ms();
    size_t waiting = 0;
    for (int i = 0; i < batches; ++i) {
        builder.reset();
        for (int each = 0; each < records; ++each) builder.add(now, std::nullopt, as_bytes(value));
        waiting += builder.size_bytes();
        const MutableBytes batch = builder.finish();
        if (producers > 0) log::stamp_producer(batch, {i % producers, 0, i / producers * records, false});
        if (!partition->append(batch)) fmt::print(stderr, "append refused\n");
        if (waiting < 64 << 20) continue;
        wait_written(*partition);
        waiting = 0;
    }
    wait_written(*partition);
    const double millions = static_cast<double>(batches) * records / 1e6;
    fmt::print("append of {}-record batches, {} idempotent producers, written: {:.2f} CPU s and {:.2f} s per million\n",
               records, producers, (cpu_s() - before) / millions, ms_since(begin) / 1000 / millions);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    auto log = log::Log::open(posix_disk(), system_clock(), arguments[1], {});
    if (!log) return fmt::print(stderr, "{}\n", log.error().message), 1;
    commits(**log, 1, 500);
    commits(**log, 500, 100);
    appends(**log, 100, 10'000);
    appends(**log, 1, 1'000'000);
    appends(**log, 1, 1'000'000, 1000);
    return (*log)->close() ? 0 : 1;
}
