// Writes a log of 500 records over several segments into the folder named, for Kafka's DumpLogSegments to read.
#include <cstdio>
#include <future>

#include "log/batch.h"
#include "log/log.h"

int main(int count, char** arguments) {
    using namespace pinflow;
    if (count != 2) return 2;
    auto log = log::Log::open(posix_disk(), system_clock(), arguments[1], {});
    if (!log) return std::fprintf(stderr, "%s\n", log.error().message.c_str()), 1;
    log::Config config;
    config.segment_bytes = 20'000;
    const auto partition = (*log)->create("sample", Uuid::random(), 0, config);
    if (!partition) return std::fprintf(stderr, "%s\n", partition.error().message.c_str()), 1;
    for (int i = 0; i < 500;) {
        log::BatchBuilder builder;
        for (const int end = i + 5; i < end; ++i)
            builder.add(1'600'000'000'000 + i * 1000, as_bytes("key"), as_bytes("record " + std::string(150, 'x')));
        if (!(*partition)->append(builder.finish())) return 1;
    }
    return (*log)->close() ? 0 : 1;
}
