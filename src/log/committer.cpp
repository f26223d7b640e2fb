#include "log/committer.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace pinflow::log {
namespace {

constexpr size_t largest_spare = 4 << 20;
constexpr size_t most_spares = 64;
constexpr std::chrono::milliseconds repair_again{
    500};  // a repair may copy a segment: not without pause on a disk that fails

}  // namespace

Committer::Committer(Clock& clock, Wal& wal, Limits limits, std::function<Result<>(Partition&, int64_t)> reserve,
                     std::function<void()> checkpoint_wanted)
    : clock_(clock),
      wal_(wal),
      limits_(limits),
      reserve_(std::move(reserve)),
      checkpoint_wanted_(std::move(checkpoint_wanted)) {}

void Committer::start() {
    writer_ = std::thread([this] { write_loop(); });
    syncer_ = std::thread([this] { sync_loop(); });
    repairer_ = std::thread([this] { repair_loop(); });
}

void Committer::stop() {
    if (!writer_.joinable()) return;
    {
        const std::scoped_lock lock(write_mutex_);
        stopping_ = true;
    }
    write_wake_.notify_one();
    writer_.join();
    {
        const std::scoped_lock lock(sync_mutex_);
        writer_done_ = true;
    }
    sync_wake_.notify_one();
    syncer_.join();
    {
        const std::scoped_lock lock(repair_mutex_);
        syncer_done_ = true;
    }
    repair_wake_.notify_one();
    repairer_.join();
}

Tail Committer::enlist(std::shared_ptr<Partition> partition) {
    Tail tail;
    bool first = false;
    {
        const std::scoped_lock lock(write_mutex_);
        first = waiting_.empty();
        waiting_.push_back(std::move(partition));
        if (!spare_tails_.empty()) {
            tail = std::move(spare_tails_.back());
            spare_tails_.pop_back();
        }
    }
    if (first) write_wake_.notify_one();
    return tail;
}

void Committer::recycle(Tail tail) {
    pending_bytes_.fetch_sub(tail.bytes.size(), std::memory_order_relaxed);
    if (tail.bytes.capacity() > largest_spare) return;
    tail.bytes.clear();
    tail.marks.clear();
    tail.producers = false;
    const std::scoped_lock lock(write_mutex_);
    if (spare_tails_.size() < most_spares) spare_tails_.push_back(std::move(tail));
}

void Committer::write_loop() {
    std::vector<std::shared_ptr<Partition>> round;
    while (true) {
        {
            std::unique_lock lock(write_mutex_);
            write_wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            round.swap(waiting_);
        }
        write_round(round);
        round.clear();
    }
}

void Committer::write_round(std::vector<std::shared_ptr<Partition>>& partitions) {
    std::vector<Written> round;
    Partition::Due due;
    for (const auto& partition : partitions) write_one(partition, round, due);
    if (!round.empty()) {
        bool wake = false;
        {
            const std::scoped_lock lock(sync_mutex_);
            urgent_ = urgent_ || !std::ranges::all_of(round, &Written::cached);
            std::ranges::move(round, std::back_inserter(written_));
            wake = urgent_ || syncer_idle_;
        }
        if (wake) sync_wake_.notify_one();
    }
    due.run();
}

void Committer::write_failed(const std::shared_ptr<Partition>& partition, const Tail& tail, int64_t from,
                             const Error& error, Partition::Due& due) {
    if (error.code == Code::unavailable) return;  // of an incarnation that has ended: its records have failed already
    if (error.code == Code::disk_full) {
        spdlog::error("{}-{}: {}", partition->topic(), partition->index(), error.message);
        partition->filled(from, error, partition->store_.producers(), due);
    } else {
        distrust(partition, tail.incarnation, error);
    }
}

void Committer::write_one(const std::shared_ptr<Partition>& partition, std::vector<Written>& round,
                          Partition::Due& due) {
    Written written{partition, partition->take_tail(), {}, 0, partition->leader_epoch(), false};
    if (written.tail.marks.empty()) return recycle(std::move(written.tail));
    const auto config = partition->settings();
    written.cached = config->write_caching;
    const int64_t first = written.tail.marks.front().base_offset;
    Result<> reserved;
    if (written.cached) reserved = reserve_(*partition, written.tail.marks.back().last_offset + 1);
    WriteOutcome outcome;
    if (reserved)
        outcome = partition->store_.write(written.tail, *config);
    else
        outcome.error = std::move(reserved).error();
    written.extents = std::move(outcome.extents);
    written.end_offset = outcome.end_offset;
    if (outcome.error)
        write_failed(partition, written.tail, written.extents.empty() ? first : written.end_offset, *outcome.error,
                     due);
    if (written.extents.empty()) return recycle(std::move(written.tail));
    partition->written(written.tail.incarnation, written.end_offset, due);
    if (written.cached) recycle(std::move(written.tail));  // the syncer needs no more than where it lies
    round.push_back(std::move(written));
}

void Committer::sync_loop() {
    std::vector<Written> round;
    while (true) {
        bool done = false;
        {
            std::unique_lock lock(sync_mutex_);
            // What write.caching put off is only counted: it waits for the next tick, unless nothing ticks yet.
            syncer_idle_ = cached_.empty();
            const auto ready = [&] { return writer_done_ || urgent_ || (syncer_idle_ && !written_.empty()); };
            if (syncer_idle_)
                sync_wake_.wait(lock, ready);
            else
                sync_wake_.wait_for(lock, std::chrono::milliseconds(20), ready);
            syncer_idle_ = urgent_ = false;
            round.swap(written_);
            done = writer_done_ && round.empty();
        }
        if (!round.empty()) sync_round(round);
        round.clear();
        flush_cached(done);
        if (done) return;
    }
}

bool Committer::stale(const Written& written) const {
    // What a stopped partition wrote last is dropped by its repair: it must not become durable behind a gap.
    return written.tail.incarnation != written.partition->store_.incarnation() || written.partition->stopped();
}

void Committer::sync_round(std::vector<Written>& round) {
    std::map<Partition*, uint64_t> sizes;
    for (const Written& each : round)
        if (!each.cached) sizes[each.partition.get()] += each.tail.bytes.size();
    std::vector<Written*> small;
    std::vector<Written*> large;
    for (Written& each : round) {
        if (each.cached)
            note_cached(each);
        else if (!stale(each))
            (sizes[each.partition.get()] > limits_.wal_entry_limit ? large : small).push_back(&each);
    }
    // One partition alone costs one sync either way; its segment then needs no second one.
    if (sizes.size() == 1) {
        large.insert(large.end(), small.begin(), small.end());
        small.clear();
    }
    if (!small.empty()) sync_through_wal(small, large);
    std::vector<Partition*> seen;
    for (const Written* each : large) {
        if (std::ranges::find(seen, each->partition.get()) != seen.end()) continue;
        seen.push_back(each->partition.get());
        sync_segments(each->partition);
    }
    for (Written& each : round)
        if (!each.cached) recycle(std::move(each.tail));
}

void Committer::sync_through_wal(std::vector<Written*>& small, std::vector<Written*>& large) {
    std::vector<WalItem> items;
    for (const Written* each : small)
        for (const Extent& extent : each->extents)
            items.push_back({&each->partition->store_.site(), &extent, each->leader_epoch,
                             Bytes(each->tail.bytes).subspan(extent.from, extent.size)});
    if (!wal_.append(items)) {
        large.insert(large.end(), small.begin(), small.end());
        checkpoint_wanted_();
        return;
    }
    Partition::Due due;
    for (const Written* each : small) each->partition->synced(each->tail.incarnation, each->end_offset, due);
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

void Committer::distrust(const std::shared_ptr<Partition>& partition, uint64_t incarnation, const Error& error) {
    Partition::Due due;
    if (!partition->stop(incarnation, error, due)) return;
    spdlog::error("topic {}, partition {} stops until its files are written anew: {}", partition->topic(),
                  partition->index(), error.message);
    {
        const std::scoped_lock lock(repair_mutex_);
        distrusted_.push_back(partition);
    }
    repair_wake_.notify_one();
    due.run();
}

void Committer::repair_loop() {
    std::vector<std::shared_ptr<Partition>> todo;
    bool failed = false;
    while (true) {
        bool last = false;
        {
            std::unique_lock lock(repair_mutex_);
            if (failed) repair_wake_.wait_for(lock, repair_again, [&] { return syncer_done_; });
            repair_wake_.wait(lock, [&] { return syncer_done_ || !distrusted_.empty(); });
            last = syncer_done_;
            todo.swap(distrusted_);
        }
        std::erase_if(todo, [&](const auto& partition) { return partition->repair(wal_); });
        if (last) return;
        failed = !todo.empty();
        const std::scoped_lock lock(repair_mutex_);
        distrusted_.insert(distrusted_.end(), todo.begin(), todo.end());
        todo.clear();
    }
}

}  // namespace pinflow::log
