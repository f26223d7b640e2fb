// Tails become bytes of segments: by the writer's thread, or by whoever appended.
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>

#include "log/committer.h"

namespace pinflow::log {
namespace {

constexpr size_t largest_spare = 4 << 20;
constexpr size_t most_spares = 64;
constexpr uint64_t most_behind = 16 << 20;   // bytes that are not durable yet: over it the writer alone writes
constexpr int64_t slow_write_ms = 2;         // then for so many times as long
constexpr int64_t writer_alone_factor = 50;  // nobody but the writer waits for the disk

// How often this thread has had to wait for something: having lost its core to another does not count.
int64_t waits_of_this_thread() {
    rusage use{};
    ::getrusage(RUSAGE_THREAD, &use);
    return use.ru_nvcsw;
}

}  // namespace

Tail Committer::enlist(std::shared_ptr<Partition> partition, bool wake) {
    Tail tail;
    {
        const std::scoped_lock lock(write_mutex_);
        wake = wake && !std::exchange(writer_woken_, true);
        waiting_.push_back(std::move(partition));
        if (!spare_tails_.empty()) {
            tail = std::move(spare_tails_.back());
            spare_tails_.pop_back();
        }
    }
    if (wake) write_wake_.notify_one();
    return tail;
}

void Committer::wake_writer() {
    {
        const std::scoped_lock lock(write_mutex_);
        // Empty: the partition is in a round already, which writes it or puts it back.
        if (waiting_.empty() || std::exchange(writer_woken_, true)) return;
    }
    write_wake_.notify_one();
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
    while (true) {
        Partition::Due due;
        bool nothing = false;
        {
            std::unique_lock lock(write_mutex_);
            write_wake_.wait(lock, [&] { return stopping_ || !waiting_.empty() || !owed_.empty(); });
            nothing = waiting_.empty();
            if (nothing && owed_.empty()) return;
            due = std::exchange(owed_, {});
        }
        due.run();
        if (nothing) continue;
        {
            writer_waits_.store(true, std::memory_order_relaxed);
            const std::scoped_lock writing(writing_mutex_);
            writer_waits_.store(false, std::memory_order_relaxed);
            due = write_round(false);
        }
        due.run();
    }
}

std::vector<std::shared_ptr<Partition>> Committer::take_waiting() {
    const std::scoped_lock lock(write_mutex_);
    writer_woken_ = false;
    return std::exchange(waiting_, {});
}

// An append by the event loop of a connection, without two threads that wake each other for it. Whoever waits for what
// is written here may belong to another connection of that loop: they are called from the writer's thread.
void Committer::write_here() {
    std::unique_lock writing(writing_mutex_, std::defer_lock);
    const int64_t begun_ms = clock_.steady_ms();
    if (begun_ms < write_here_from_ms_.load(std::memory_order_relaxed) ||
        pending_bytes_.load(std::memory_order_relaxed) > most_behind || writer_waits_.load(std::memory_order_relaxed) ||
        !writing.try_lock())
        return write_wake_.notify_one();
    const int64_t waits = waits_of_this_thread();
    Partition::Due due = write_round(true);
    const int64_t took_ms = clock_.steady_ms() - begun_ms;
    if (took_ms >= slow_write_ms && waits_of_this_thread() > waits)
        write_here_from_ms_.store(begun_ms + took_ms * writer_alone_factor, std::memory_order_relaxed);
    if (due.empty()) return;
    {
        const std::scoped_lock lock(write_mutex_);
        owed_.add(std::move(due));
    }
    write_wake_.notify_one();
}

// writing_mutex_ is held.
Partition::Due Committer::write_round(bool here) {
    Round round{.here = here, .begun_ms = clock_.steady_ms()};
    for (const auto& partition : take_waiting()) write_one(partition, round);
    if (!round.left.empty()) {
        const std::scoped_lock lock(write_mutex_);
        std::ranges::move(round.left, std::back_inserter(waiting_));
        write_wake_.notify_one();
    }
    if (!round.written.empty()) hand_over(round);
    return std::move(round.due);
}

// To the syncer.
void Committer::hand_over(Round& round) {
    bool wake = false;
    {
        const std::scoped_lock lock(sync_mutex_);
        urgent_ = urgent_ || round.awaited;
        std::ranges::move(round.written, std::back_inserter(written_));
        wake = urgent_ || syncer_idle_;
    }
    if (wake) sync_wake_.notify_one();
}

// A loop has other connections: it goes on only while the disk is quick, and never makes a reservation durable.
bool Committer::may_write_here(const Round& round, const Config& config) const {
    return !config.write_caching && clock_.steady_ms() - round.begun_ms < slow_write_ms;
}

void Committer::write_failed(const std::shared_ptr<Partition>& partition, const Tail& tail, int64_t from,
                             const Error& error, Partition::Due& due) {
    if (error.code == Code::unavailable) return;  // of an incarnation that has ended: its records have failed already
    if (error.code == Code::disk_full) {
        spdlog::error("{}-{}: {}", partition->topic(), partition->index(), error.message);
        partition->filled(from, error, partition->store_.producers(), due);
    } else {
        distrust(partition, tail.incarnation, error, due);
    }
}

void Committer::write_one(const std::shared_ptr<Partition>& partition, Round& round) {
    const auto config = partition->settings();
    if (round.here && !may_write_here(round, *config)) return round.left.push_back(partition);
    Written written{partition, partition->take_tail(), {}, 0, partition->leader_epoch(), config->write_caching};
    if (written.tail.marks.empty()) return recycle(std::move(written.tail));
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
                     round.due);
    if (written.extents.empty()) return recycle(std::move(written.tail));
    round.awaited |= partition->written(written.tail.incarnation, written.end_offset, round.due);
    if (written.cached) recycle(std::move(written.tail));  // the syncer needs no more than where it lies
    round.written.push_back(std::move(written));
}

}  // namespace pinflow::log
