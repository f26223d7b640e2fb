// What was written becomes durable: one sync for all that waits.
#include <algorithm>

#include "log/committer.h"

namespace pinflow::log {
namespace {

constexpr uint64_t most_synced_along = 1 << 20;  // bytes of earlier rounds, in frames, that a segment's sync may find
constexpr size_t most_unsynced_segments = 16;    // each keeps its file open

}  // namespace

void Committer::hurry() {
    {
        const std::scoped_lock lock(sync_mutex_);
        if (urgent_) return;
        urgent_ = true;
    }
    sync_wake_.notify_one();
}

void Committer::sync_loop() {
    SyncRound round;
    for (bool done = false; !done;) {
        done = wait_for_written(round);
        if (!round.written.empty()) sync_round(round);
        round.written.clear();
        flush_cached(done);
    }
}

// True: nothing will come any more.
bool Committer::wait_for_written(SyncRound& round) {
    std::unique_lock lock(sync_mutex_);
    if (cached_.empty() && written_.empty()) {
        syncer_idle_ = true;
        sync_wake_.wait(lock, [&] { return writer_done_ || !written_.empty(); });
        syncer_idle_ = false;
    }
    sync_wake_.wait_for(lock, limits_.put_off, [&] { return writer_done_ || (urgent_ && !written_.empty()); });
    round.written.swap(written_);
    round.awaited = urgent_;
    if (!round.written.empty()) urgent_ = false;
    return writer_done_ && round.written.empty();
}

bool Committer::stale(const Written& written) const {
    // What a stopped partition wrote last is dropped by its repair: it must not become durable behind a gap.
    return written.tail.incarnation != written.partition->store_.incarnation() || written.partition->stopped();
}

void Committer::sync_round(SyncRound& round) {
    std::map<Partition*, uint64_t> sizes;
    for (const Written& each : round.written)
        if (!each.cached) sizes[each.partition.get()] += each.tail.bytes.size();
    // One partition alone costs one sync either way. Its segment grows with each: the file system takes several times
    // as long for that as for a frame. But it needs no second sync, so it is cheaper where nobody waits.
    const bool alone = sizes.size() == 1 && !round.awaited;
    const auto wants_own_sync = [&](const Written& each) {
        const uint64_t size = sizes[each.partition.get()];
        const auto [bytes, segments] = each.partition->store_.unsynced();
        if (segments > most_unsynced_segments || cached_.contains(each.partition.get())) return true;
        // Behind what is in frames already, others would wait for that too: the checkpoint's matter.
        return (alone || size > limits_.wal_entry_limit) && bytes <= size + most_synced_along;
    };
    std::vector<Written*> framed;
    std::vector<Written*> direct;
    for (Written& each : round.written) {
        if (each.cached)
            note_cached(each);
        else if (!stale(each))
            (wants_own_sync(each) ? direct : framed).push_back(&each);
    }
    if (!framed.empty()) sync_through_wal(framed, direct);
    std::vector<Partition*> seen;
    for (const Written* each : direct) {
        if (std::ranges::find(seen, each->partition.get()) != seen.end()) continue;
        seen.push_back(each->partition.get());
        sync_segments(each->partition);
    }
    for (Written& each : round.written)
        if (!each.cached) recycle(std::move(each.tail));
}

void Committer::sync_through_wal(std::vector<Written*>& framed, std::vector<Written*>& direct) {
    std::vector<WalItem> items;
    for (const Written* each : framed)
        for (const Extent& extent : each->extents)
            items.push_back({&each->partition->store_.site(), &extent, each->leader_epoch,
                             Bytes(each->tail.bytes).subspan(extent.from, extent.size)});
    if (!wal_.append(items)) {
        direct.insert(direct.end(), framed.begin(), framed.end());
        checkpoint_wanted_();
        return;
    }
    Partition::Due due;
    for (const Written* each : framed) each->partition->synced(each->tail.incarnation, each->end_offset, due);
    due.run();
    if (wal_.wants_checkpoint()) checkpoint_wanted_();
}

void Committer::sync_segments(const std::shared_ptr<Partition>& partition) {
    const uint64_t incarnation = partition->store_.incarnation();
    const auto end = partition->store_.sync();
    if (!end) {
        if (end.error().code != Code::not_found) distrust(partition, incarnation, end.error());
        return;
    }
    Partition::Due due;
    partition->synced(incarnation, *end, due);
    due.run();
}

void Committer::note_cached(const Written& written) {
    const auto config = written.partition->settings();
    Cached& cached = cached_[written.partition.get()];
    if (!cached.partition) {
        cached.partition = written.partition;
        const int64_t now = clock_.steady_ms();
        cached.due_ms = config->flush_ms > INT64_MAX - now ? INT64_MAX : now + config->flush_ms;
    }
    cached.records += written.extents.back().last_offset + 1 - written.extents.front().base_offset;
    if (cached.records >= config->flush_messages) cached.due_ms = 0;
}

void Committer::flush_cached(bool all) {
    const int64_t now = clock_.steady_ms();
    for (auto each = cached_.begin(); each != cached_.end();) {
        if (!all && each->second.due_ms > now) {
            ++each;
            continue;
        }
        sync_segments(each->second.partition);
        each = cached_.erase(each);
    }
}

}  // namespace pinflow::log
