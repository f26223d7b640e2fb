// Writes a log of 500 records over several segments into the folder named, for Kafka's DumpLogSegments to read; and
// beside it one with what idempotent and transactional producers leave, and one that was compacted.
#include <cstdio>
#include <future>

#include "log/batch.h"
#include "log/log.h"

namespace {

using namespace pinflow;

// Producer 7 sends ten batches without transactions; producer 8 ten transactions of one batch each, every second one
// aborted, and one that stays open.
bool write_producers(log::Partition& partition) {
    const auto send = [&](int64_t id, int sequence, bool transactional) {
        log::BatchBuilder builder;
        for (int i = 0; i < 5; ++i) builder.add(1'600'000'000'000 + sequence, as_bytes("key"), as_bytes("a value"));
        const MutableBytes batch = builder.finish();
        log::stamp_producer(batch, {id, 3, sequence, transactional});
        return partition.append(batch).has_value();
    };
    for (int i = 0; i < 10; ++i) {
        if (!send(7, i * 5, false) || !send(8, i * 5, true)) return false;
        const auto type = i % 2 == 0 ? log::MarkerType::commit : log::MarkerType::abort;
        if (!partition.append_marker(8, 3, {type, 4})) return false;
    }
    return send(8, 50, true);
}

// Ten keys, again and again, a tombstone among them; a transaction that is committed, one that is aborted.
bool write_compacted(log::Log& log) {
    log::Config config;
    config.segment_bytes = 20'000;
    config.cleanup_policy = "compact";
    const auto partition = log.create("compacted", Uuid::random(), 0, config);
    if (!partition) return false;
    for (int i = 0; i < 400; ++i) {
        log::BatchBuilder builder;
        for (int j = 0; j < 2; ++j) {
            const std::string key = "key " + std::to_string((i + j * 3) % 10);
            const std::string value = "record " + std::string(100, 'x');
            if (i == 300 + j) builder.add(1'600'000'000'000 + i, as_bytes("gone"), std::nullopt);
            builder.add(1'600'000'000'000 + i, as_bytes(key), as_bytes(value));
        }
        const MutableBytes batch = builder.finish();
        const bool in_transaction = i % 50 == 20;
        if (in_transaction) log::stamp_producer(batch, {9, 1, i / 50 * 2, true});
        if (!(*partition)->append(batch)) return false;
        const auto type = i % 100 == 20 ? log::MarkerType::commit : log::MarkerType::abort;
        if (in_transaction && !(*partition)->append_marker(9, 1, {type, 4})) return false;
    }
    std::promise<void> durable;
    (*partition)->when_acked((*partition)->end_offset() - 1, log::Ack::durable, [&](Result<>) { durable.set_value(); });
    durable.get_future().wait();
    return log.checkpoint() && log.compact(1'600'000'100'000).value_or(0) == 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    auto log = log::Log::open(posix_disk(), system_clock(), arguments[1], {.background = false});
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
    const auto producers = (*log)->create("producers", Uuid::random(), 0, config);
    if (!producers || !write_producers(**producers)) return 1;
    if (!write_compacted(**log)) return 1;
    return (*log)->close() ? 0 : 1;
}
