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
            builder.add(round, std::nullopt, as_bytes(value));
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

void appends(log::Log& log) {
    log::Config config;
    config.write_caching = true;
    const auto partition = *log.create("caching", Uuid::random(), 0, config);
    const std::string value(600, 'v');
    log::BatchBuilder builder;
    const double before = cpu_s();
    constexpr int batches = 5000;
    constexpr int records = 100;
    for (int i = 0; i < batches; ++i) {
        builder.reset();
        for (int each = 0; each < records; ++each) builder.add(i, std::nullopt, as_bytes(value));
        while (!partition->append(builder.finish())) std::this_thread::yield();
    }
    std::latch done(1);
    partition->when_acked(partition->end_offset() - 1, log::Ack::written, [&](Result<>) { done.count_down(); });
    done.wait();
    fmt::print("append of 100-record batches, written: {:.2f} CPU s per million records\n",
               (cpu_s() - before) / (batches * records) * 1e6);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    auto log = log::Log::open(posix_disk(), system_clock(), arguments[1], {});
    if (!log) return fmt::print(stderr, "{}\n", log.error().message), 1;
    commits(**log, 1, 500);
    commits(**log, 500, 100);
    appends(**log);
    return (*log)->close() ? 0 : 1;
}
