// How long a log takes to open after a clean close and without one: log_open FOLDER [PARTITIONS] [MIB_EACH]
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <latch>

#include "log/batch.h"
#include "log/log.h"

namespace {

using namespace pinflow;
using Time = std::chrono::steady_clock;

double resident_mib() {
    std::ifstream status("/proc/self/statm");
    double total = 0;
    double resident = 0;
    status >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::unique_ptr<log::Log> open_timed(const std::string& folder, const char* what) {
    const double before = resident_mib();
    const auto begin = Time::now();
    auto log = log::Log::open(posix_disk(), system_clock(), folder, {});
    const std::chrono::duration<double, std::milli> took = Time::now() - begin;
    if (!log) {
        fmt::print(stderr, "{}\n", log.error().message);
        std::exit(1);
    }
    fmt::print("open {}: {:.1f} ms, {:.1f} MiB more memory, {} open files\n", what, took.count(),
               resident_mib() - before, std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
    return std::move(*log);
}

void fill(log::Log& log, int partitions, uint64_t bytes_each) {
    const std::string value(600, 'v');
    log::BatchBuilder builder;
    for (int each = 0; each < 1000; ++each) builder.add(system_clock().wall_ms(), std::nullopt, as_bytes(value));
    for (int i = 0; i < partitions; ++i) {
        const auto partition = *log.create("bench", Uuid::random(), i, {});
        while (partition->size_bytes() < bytes_each) {
            std::latch done(8);
            for (int round = 0; round < 8; ++round) {
                const auto appended = partition->append(builder.finish());
                partition->when_acked(appended->last_offset, log::Ack::written, [&](Result<>) { done.count_down(); });
            }
            done.wait();
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return 2;
    const std::string folder = arguments[1];
    const int partitions = count > 2 ? std::stoi(arguments[2]) : 1000;
    const uint64_t mib_each = count > 3 ? std::stoull(arguments[3]) : 10;
    auto log = open_timed(folder, "empty");
    fill(*log, partitions, mib_each << 20);
    const auto closing = Time::now();
    if (!log->close()) return 1;
    fmt::print("close: {:.0f} ms\n", std::chrono::duration<double, std::milli>(Time::now() - closing).count());
    log.reset();
    for (int i = 0; i < 3; ++i) {
        log = open_timed(folder, "after a clean close");
        if (i < 2 && !log->close()) return 1;
        log.reset();
    }
    log = open_timed(folder, "without one");
    return log->close() ? 0 : 1;
}
