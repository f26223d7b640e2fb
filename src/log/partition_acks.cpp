// How a partition learns what became of what was appended, and tells whoever waits for it.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>

#include "log/committer.h"
#include "log/partition.h"

namespace pinflow::log {
namespace {

constexpr size_t most_failed_ranges = 256;

}  // namespace

void Partition::Due::add(Due more) {
    std::ranges::move(more.acks, std::back_inserter(acks));
    std::ranges::move(more.wakes, std::back_inserter(wakes));
}

void Partition::Due::run() {
    for (auto& [done, outcome] : acks) done(std::move(outcome));
    for (Wake& wake : wakes) wake();
    acks.clear();
    wakes.clear();
}

void Partition::when_settled(Done done) {
    int64_t end = 0;
    {
        const std::scoped_lock lock(mutex_);
        end = written_end_;
    }
    if (stable_offset() >= end) return done({});
    when_acked(end - 1, Ack::durable, std::move(done));
}

Result<> Partition::delete_all() {
    const auto settled = std::make_shared<std::promise<Result<>>>();
    auto outcome = settled->get_future();
    when_settled([settled](Result<> each) { settled->set_value(std::move(each)); });
    PINFLOW_TRY(outcome.get());
    return delete_before(stable_offset());
}

int64_t Partition::acked_end(Ack ack) const {
    return ack == Ack::written || config_->write_caching ? std::max(written_end_, synced_end_) : synced_end_;
}

const Partition::FailedRange* Partition::failed(int64_t offset) const {
    for (const FailedRange& each : failed_)
        if (offset >= each.first && offset < each.end) return &each;
    return nullptr;
}

void Partition::when_acked(int64_t last_offset, Ack ack, Done done) {
    Result<> outcome;
    bool waits = false;
    bool put_off = false;  // its sync, because nobody waited for it until now
    // What is not durable is kept in memory: whoever is acked when written would fill it, so he waits for the disk too.
    if (committer_.far_behind()) ack = Ack::durable;
    {
        const std::scoped_lock lock(mutex_);
        if (const FailedRange* range = failed(last_offset))
            outcome = fail(range->error);
        else if (last_offset < unknown_below_)
            outcome = fail(Code::unavailable, "topic {}, partition {}: what became of offset {} is not known any more",
                           topic(), index(), last_offset);
        else if (last_offset >= acked_end(ack)) {
            waiters_.push_back({last_offset, ack, std::move(done)});
            waits = true;
            put_off = ack == Ack::durable && is_put_off();
        }
    }
    if (put_off) committer_.hurry();
    if (!waits) done(std::move(outcome));
}

// mutex_ is held, here and in what follows with a Due.
void Partition::collect(Due& due) {
    const int64_t stable = config_->write_caching ? std::max(written_end_, synced_end_) : synced_end_;
    if (stable > stable_offset_.load(std::memory_order_relaxed))
        stable_offset_.store(stable, std::memory_order_release);
    last_stable_offset_.store(committed_end(), std::memory_order_release);
    std::erase_if(waiters_, [&](Waiter& waiter) {
        if (waiter.last_offset >= acked_end(waiter.ack)) return false;
        due.acks.emplace_back(std::move(waiter.done), Result<>());
        return true;
    });
    std::erase_if(wakes_, [&](Waking& waking) {
        if (readable_end(waking.isolation) <= waking.offset) return false;
        due.wakes.push_back(std::move(waking.wake));
        return true;
    });
}

Tail Partition::take_tail() {
    const std::scoped_lock lock(mutex_);
    enlisted_ = false;
    return std::exchange(tail_, Tail());
}

bool Partition::written(uint64_t incarnation, int64_t end, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::stopped || incarnation != store_.incarnation()) return false;
    if (state_ == State::full) state_ = State::open;
    written_end_ = std::max(written_end_, end);
    collect(due);
    return is_put_off() &&
           (!wakes_.empty() || std::ranges::find(waiters_, Ack::durable, &Waiter::ack) != waiters_.end());
}

void Partition::synced(uint64_t incarnation, int64_t end, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::stopped || incarnation != store_.incarnation()) return;
    synced_end_ = std::max(synced_end_, end);
    collect(due);
}

// Offsets that were given out and failed are not given out again: nobody's ack can mean another's record.
void Partition::refuse_from(int64_t first, const Error& error, Due& due) {
    const int64_t end = end_offset_.load();
    committer_.count_pending(0 - tail_.bytes.size());
    tail_.bytes.clear();
    tail_.marks.clear();
    stop_reason_ = error;
    if (first >= end) return;
    if (!failed_.empty() && failed_.back().end >= first)
        failed_.back() = {std::min(failed_.back().first, first), end, error};
    else
        failed_.push_back({first, end, error});
    if (failed_.size() > most_failed_ranges) {
        unknown_below_ = failed_.front().end;
        failed_.erase(failed_.begin());
    }
    std::erase_if(waiters_, [&](Waiter& waiter) {
        if (waiter.last_offset < first) return false;
        due.acks.emplace_back(std::move(waiter.done), fail(error));
        return true;
    });
}

void Partition::filled(int64_t first, const Error& error, std::unique_ptr<ProducerState> producers, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::open) state_ = State::full;
    if (state_ != State::stopped) reset_producers(std::move(producers), first);  // else the repair does it
    retry_at_ms_ = store_.site().clock->steady_ms() + retry_full_disk_ms;
    refuse_from(first, error, due);
}

bool Partition::stop(uint64_t incarnation, const Error& error, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::removed || state_ == State::stopped) return false;
    if (incarnation != store_.incarnation() && !store_.suspect()) return false;
    state_ = State::stopped;
    written_end_ = stable_offset();  // what was written beyond will be dropped
    refuse_from(stable_offset(), error, due);
    return true;
}

bool Partition::stopped() const {
    const std::scoped_lock lock(mutex_);
    return state_ == State::stopped;
}

bool Partition::repair(const Wal& wal) {
    if (!stopped()) return true;
    const int64_t keep_until = stable_offset();  // while stopped nothing moves it
    const Wal::Pin pin(wal);
    auto redo = wal.read_live(pin, topic_id(), index());
    const Result<> repaired = redo ? store_.repair(*redo, keep_until) : fail(redo.error());
    if (!repaired) {
        const std::scoped_lock lock(mutex_);
        if (stop_reason_.message == repaired.error().message) return false;  // tried again and again: said once
        stop_reason_ = repaired.error();
        spdlog::error("{}-{} stays stopped, its files cannot be written anew: {}", topic(), index(),
                      stop_reason_.message);
        return false;
    }
    auto producers = store_.producers();
    const std::scoped_lock lock(mutex_);
    if (store_.suspect()) return false;  // a checkpoint's sync has failed since
    synced_end_ = written_end_ = keep_until;
    reset_producers(std::move(producers), keep_until);
    if (state_ == State::stopped) state_ = State::open;
    return true;
}

uint64_t Partition::on_readable(int64_t offset, Wake wake, Isolation isolation) {
    uint64_t id = 0;
    bool put_off = false;
    {
        const std::scoped_lock lock(mutex_);
        if (readable_end(isolation) <= offset) {
            id = next_wake_++;
            wakes_.push_back({id, offset, std::move(wake), isolation});
            put_off = is_put_off();
        }
    }
    if (put_off) committer_.hurry();
    if (id == 0) wake();
    return id;
}

void Partition::cancel_wake(uint64_t id) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(wakes_, [&](const Waking& each) { return each.id == id; });
}

}  // namespace pinflow::log
