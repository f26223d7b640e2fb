#include <spdlog/spdlog.h>

#include <algorithm>

#include "log/log_shared.h"

namespace pinflow::log {
namespace {

// Offsets set aside at a time under write.caching; the gap after an unclean stop is at most this.
constexpr int64_t reservation = 100'000;
constexpr int64_t failed_checkpoint_again_ms = 1000;

}  // namespace

Result<> Log::Shared::reserve(Partition& partition, int64_t end) {
    if (end <= partition.reserved_end_) return {};
    const std::scoped_lock lock(offsets_mutex);
    int64_t& kept = reserved[{partition.topic(), partition.index()}];
    if (end > kept) {
        kept = end + reservation;
        PINFLOW_TRY(save_offsets(disk, folder / "offset-reservation-checkpoint", reserved));
    }
    partition.reserved_end_ = kept;
    return {};
}

Result<> Log::Shared::save_starts() {
    const std::scoped_lock lock(offsets_mutex);
    Offsets starts;
    for (const auto& each : all())
        if (each->start_offset() > 0) starts[{each->topic(), each->index()}] = each->start_offset();
    return save_offsets(disk, folder / "log-start-offset-checkpoint", starts);
}

// Below it a partition's segments are durable, and nothing below it will be taken back.
Result<> Log::Shared::save_points() {
    const std::scoped_lock lock(offsets_mutex);
    Offsets points;
    Places places;
    for (const auto& each : all()) {
        // What is synced but was not acked may still be dropped by a repair.
        const SyncedPlace place = each->store_.recovery_place();
        const int64_t point = std::min(place.offset, each->stable_offset());
        const PartitionName name(each->topic(), each->index());
        const auto before = saved_points.find(name);
        if (before != saved_points.end() && before->second > point && before->second <= each->stable_offset()) {
            // Further back only because a snapshot is due: what was compacted since must not become part of a redo.
            points[name] = before->second;
            if (const auto at = saved_places.find(name); at != saved_places.end()) places[name] = at->second;
            continue;
        }
        if (point <= 0) continue;
        points[name] = point;
        if (place.offset == point && place.segment_base >= 0) places[name] = place;
    }
    if (points == saved_points && places == saved_places) return {};
    auto saved = save_offsets(disk, folder / "recovery-point-offset-checkpoint", points);
    if (saved) saved = save_places(disk, folder / "recovery-places", places);
    saved_points = saved ? std::move(points) : Offsets();  // not known what the files name: nothing is compacted
    saved_places = saved ? std::move(places) : Places();
    return saved;
}

Result<> Log::Shared::checkpoint() {
    const std::scoped_lock lock(checkpoint_mutex);
    const uint64_t sequence = wal.begin_checkpoint();
    bool sure = true;
    for (const auto& each : all()) {
        if (!each->store_.dirty() && !each->store_.suspect() && !each->store_.unsaved()) {
            each->store_.rest();
            continue;
        }
        const uint64_t incarnation = each->store_.incarnation();
        const auto end = each->store_.checkpoint();
        if (end || end.error().code == Code::not_found) {
            each->store_.rest();
            continue;
        }
        sure = false;
        committer.distrust(each, incarnation, end.error());
    }
    if (!sure) return fail(Code::io, "a segment could not be synced; the write-ahead log is kept");
    PINFLOW_TRY(wal.end_checkpoint(sequence));
    PINFLOW_TRY(save_points());
    settle_snapshots();
    return {};
}

// Their recovery points are on disk now.
void Log::Shared::settle_snapshots() {
    for (const auto& each : all()) {
        int64_t point = 0;
        {
            const std::scoped_lock lock(offsets_mutex);
            const auto found = saved_points.find({each->topic(), each->index()});
            if (found != saved_points.end()) point = found->second;
        }
        each->store_.settle_snapshots(point);
    }
}

Result<> Log::Shared::retain(Partition& partition, int64_t now_ms, bool by_age) {
    Config config = *partition.settings();
    if (config.cleanup_policy.find("delete") == std::string::npos) return {};
    if (!by_age) config.retention_ms = -1;
    const int64_t held = std::min(partition.lowest_hold(), partition.stable_offset());
    int64_t bound = partition.store_.retention_bound(config, now_ms, held);
    if (partition.size_bytes() > options.held_bytes_limit) {
        Config hard = config;
        hard.retention_ms = -1;
        hard.retention_bytes = static_cast<int64_t>(options.held_bytes_limit);
        const int64_t forced = partition.store_.retention_bound(hard, now_ms, partition.stable_offset());
        const bool wanted = partition.store_.retention_bound(config, now_ms, partition.stable_offset()) >= forced;
        if (forced > bound && wanted) {
            spdlog::error(
                "{}-{}: readers still need offsets from {} on, but {} bytes are kept and {} is the limit: "
                "records before offset {} go unread",
                partition.topic(), partition.index(), held, partition.size_bytes(), options.held_bytes_limit, forced);
            bound = forced;
        }
    }
    return partition.delete_before(bound);
}

Result<> Log::Shared::housekeeping(int64_t now_ms, bool by_age) {
    Result<> outcome;
    for (const auto& each : all()) {
        each->expire_producers(now_ms, producer_expiration_ms);
        if (auto kept = retain(*each, now_ms, by_age); !kept) outcome = std::move(kept);
        if (const auto config = each->settings(); config->compacts())
            if (auto rolled = each->store_.roll_if_aged(now_ms, config->roll_ms()); !rolled)
                outcome = std::move(rolled);
        if (auto gone = each->store_.remove_below_start(); !gone) outcome = std::move(gone);  // what had to wait
    }
    return outcome;
}

void Log::Shared::want_checkpoint() {
    const std::scoped_lock lock(background_mutex);
    checkpoint_due = true;
    background_wake.notify_one();
}

void Log::Shared::background_loop() {
    int64_t next_checkpoint = clock.steady_ms() + options.checkpoint_ms;
    int64_t next_housekeeping = clock.steady_ms() + options.housekeeping_ms;
    int64_t next_by_age = clock.steady_ms() + options.first_retention_check_ms;
    int64_t not_before = 0;  // of a checkpoint that is asked for: a full write-ahead log asks with every commit
    std::unique_lock lock(background_mutex);
    while (!stopping) {
        const auto asked = [&] { return checkpoint_due && clock.steady_ms() >= not_before; };
        background_wake.wait_for(lock, std::chrono::milliseconds(200), [&] { return stopping || asked(); });
        const int64_t now = clock.steady_ms();
        const bool checkpoint_now = asked() || now >= next_checkpoint;
        if (checkpoint_now) checkpoint_due = false;
        lock.unlock();
        if (checkpoint_now) {
            next_checkpoint = now + options.checkpoint_ms;
            if (auto done = checkpoint(); !done) {
                spdlog::error("checkpoint of the log: {}", done.error().message);
                not_before = now + failed_checkpoint_again_ms;
            }
        }
        if (now >= next_housekeeping) {
            next_housekeeping = now + options.housekeeping_ms;
            const bool by_age = now >= next_by_age;
            if (by_age) next_by_age = now + options.retention_check_ms;
            if (auto done = housekeeping(clock.wall_ms(), by_age); !done)
                spdlog::error("retention: {}", done.error().message);
        }
        lock.lock();
    }
}

void Log::Shared::stop_background() {
    {
        const std::scoped_lock lock(background_mutex);
        stopping = true;
    }
    compaction_stop = true;
    background_wake.notify_one();
    compaction_wake.notify_one();
    if (background.joinable()) background.join();
    if (compactor.joinable()) compactor.join();
}

}  // namespace pinflow::log
