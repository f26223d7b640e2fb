// Records of a source into a topic, each once: they and how far they bring the import are one Kafka transaction, so a
// run that was cut short anywhere goes on where it was (docs/import.md). Blocks; one thread.
#pragma once
#include <atomic>
#include <functional>

#include "base/clock.h"
#include "importer/kafka_client.h"
#include "importer/source.h"

namespace pinflow::importer {

using OpenSource = std::function<Result<std::unique_ptr<Source>>()>;

struct Progress {
    int64_t records = 0;  // of this run, committed
    int64_t bytes = 0;
    std::string source;  // Source::progress()
};

struct ImportOptions {
    std::string topic;
    Settings kafka;           // of the target, in librdkafka's words
    bool may_append = false;  // also where the topic has records of somebody else's
    std::function<void(const Progress&)> show = [](const Progress&) {};
    const std::atomic<bool>& stop;
    Clock& clock = system_clock();
};

struct Imported {
    Progress total;
    int64_t before = 0;       // records of earlier runs (offsets, if the source has them)
    bool is_complete = true;  // else it was stopped; it goes on when it is run again
    std::vector<std::string> left_out;
};

// conflict: the source is not what an earlier run has read, or another run of the same took over;
// exists: the topic has records and this source has brought none of them.
Result<Imported> import_records(const OpenSource& open, const ImportOptions& options);

}  // namespace pinflow::importer
