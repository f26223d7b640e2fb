// Which partition is compacted next, and the thread that does it: docs/compaction.md.
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "log/log_shared.h"
#include "log/segment_cleaner.h"

namespace pinflow::log {

struct Log::Shared::Dirty {
    std::shared_ptr<Partition> partition;
    std::shared_ptr<const Config> config;
    SegmentCleaner::Plan plan;
};

// What a reader that is registered still needs stays, but not for ever.
int64_t Log::Shared::compaction_bound(const Partition& partition) const {
    const int64_t decided = std::min(partition.last_stable_offset(), partition.stable_offset());
    if (partition.size_bytes() > options.held_bytes_limit) return decided;
    return std::min(decided, partition.lowest_hold());
}

std::optional<Log::Shared::Dirty> Log::Shared::dirtiest(int64_t now_ms) {
    std::optional<Dirty> best;
    const int64_t steady = clock.steady_ms();
    for (const auto& each : all()) {
        const auto config = each->settings();
        const PartitionName name(each->topic(), each->index());
        if (!config->compacts()) continue;
        if (const auto failed = compaction_trouble.find(name);
            failed != compaction_trouble.end() && steady < failed->second.retry_at_ms)
            continue;
        SegmentCleaner cleaner(each->store_);
        if (auto finished = cleaner.finish(); !finished) {
            note_trouble(name, finished.error());
            continue;
        }
        const int64_t bound = compaction_bound(*each);
        const std::scoped_lock lock(offsets_mutex);
        const auto place = saved_places.find(name);
        SegmentCleaner::Plan plan =
            cleaner.plan(*config, {.bound = bound,
                                   .recovery_point = offset_of(saved_points, name),
                                   .place = place == saved_places.end() ? nullptr : &place->second,
                                   .dirty_from = offset_of(compacted, name),
                                   .now_ms = now_ms});
        if (plan.due(*config) && (!best || plan.dirty_ratio() > best->plan.dirty_ratio()))
            best = Dirty{each, config, std::move(plan)};
    }
    return best;
}

Result<> Log::Shared::note_compacted(const Partition& partition, int64_t until) {
    const PartitionName name(partition.topic(), partition.index());
    const std::scoped_lock lock(offsets_mutex);
    {
        const std::shared_lock list_lock(mutex);
        const auto known = partitions.find(name);
        if (known == partitions.end() || known->second.get() != &partition) return {};  // deleted meanwhile
    }
    compacted[name] = until;
    return save_offsets(disk, folder / "cleaner-offset-checkpoint", compacted);
}

Result<> Log::Shared::compact_one(const Dirty& dirty, int64_t now_ms) {
    const Config& config = *dirty.config;
    const int64_t began = clock.steady_ms();
    if (const int64_t held = dirty.partition->lowest_hold(); held < dirty.plan.segments.back()->end_offset)
        spdlog::error(
            "{}-{}: readers still need offsets from {} on, but {} bytes are kept and {} is the limit: records that "
            "they "
            "have not read are compacted away",
            dirty.partition->topic(), dirty.partition->index(), held, dirty.partition->size_bytes(),
            options.held_bytes_limit);
    const Cleaner::Rules rules{now_ms, config.delete_retention_ms, options.compaction_memory_bytes};
    PINFLOW_ASSIGN(const auto done,
                   SegmentCleaner(dirty.partition->store_).clean(dirty.plan, config, rules, compaction_stop));
    PINFLOW_TRY(note_compacted(*dirty.partition, done.cleaned_until));
    const CleaningCounts& counts = done.counts;
    compaction.passes += 1;
    compaction.records_removed += counts.records_read - counts.records_kept;
    compaction.bytes_before += counts.bytes_read;
    compaction.bytes_after += counts.bytes_kept;
    spdlog::info("{}-{}: compacted up to offset {}: {} of {} records kept, {} of {} bytes, in {} ms",
                 dirty.partition->topic(), dirty.partition->index(), done.cleaned_until, counts.records_kept,
                 counts.records_read, counts.bytes_kept, counts.bytes_read, clock.steady_ms() - began);
    return {};
}

// False: nothing is due.
Result<bool> Log::Shared::compact_next(int64_t now_ms) {
    const auto dirty = dirtiest(now_ms);
    if (!dirty) return false;
    const PartitionName name(dirty->partition->topic(), dirty->partition->index());
    auto done = compact_one(*dirty, now_ms);
    if (done) {
        compaction_trouble.erase(name);
        return true;
    }
    // Stopped, deleted, or retention was faster: at the next time.
    if (compaction_stop || done.error().code == Code::not_found || done.error().code == Code::conflict) return false;
    note_trouble(name, done.error());
    return std::unexpected(std::move(done).error());
}

void Log::Shared::note_trouble(const PartitionName& name, const Error& error) {
    compaction.failures += 1;
    Trouble& trouble = compaction_trouble[name];
    trouble.retry_at_ms = clock.steady_ms() + options.compaction_retry_ms;
    if (std::exchange(trouble.message, error.message) == error.message) return;
    spdlog::error("{}-{} could not be compacted, its records stay as they are; it is tried again: {}", name.first,
                  name.second, error.message);
}

Result<size_t> Log::Shared::compact(int64_t now_ms) {
    const std::scoped_lock lock(compaction_mutex);
    Result<> outcome;
    for (size_t passes = 0;;) {
        const auto more = compact_next(now_ms);
        if (!more)
            outcome = std::unexpected(more.error());  // others may be due
        else if (*more)
            ++passes;
        else if (outcome)
            return passes;
        else
            return std::unexpected(std::move(outcome).error());
    }
}

void Log::Shared::compaction_loop() {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);
    std::unique_lock lock(background_mutex);
    while (!stopping) {
        compaction_wake.wait_for(lock, std::chrono::milliseconds(options.compaction_pause_ms),
                                 [&] { return stopping; });
        if (stopping) return;
        lock.unlock();
        (void)compact(clock.wall_ms());  // failures were logged
        lock.lock();
    }
}

}  // namespace pinflow::log
