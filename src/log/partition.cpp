#include "log/partition.h"

#include <algorithm>

#include "log/committer.h"

namespace pinflow::log {
namespace {

constexpr int64_t retry_full_disk_ms = 250;
constexpr size_t most_failed_ranges = 256;

}  // namespace

ReaderHold::ReaderHold(std::shared_ptr<Partition> partition, int64_t from_offset)
    : partition_(std::move(partition)), offset_(from_offset) {
    const std::scoped_lock lock(partition_->mutex_);
    partition_->holds_.push_back(this);
}

ReaderHold::~ReaderHold() {
    const std::scoped_lock lock(partition_->mutex_);
    std::erase(partition_->holds_, this);
}

Partition::Partition(SegmentSite site, Committer& committer, const Config& config)
    : store_(std::move(site)), committer_(committer), config_(config) {}

Partition::~Partition() = default;

void Partition::adopt_store(int64_t at_least) {
    const std::scoped_lock lock(mutex_);
    const int64_t end = std::max(store_.written_end(), at_least);
    written_end_ = synced_end_ = end;
    end_offset_ = end;
    stable_offset_ = end;
}

void Partition::Due::run() {
    for (auto& [done, outcome] : acks) done(std::move(outcome));
    for (Wake& wake : wakes) wake();
    acks.clear();
    wakes.clear();
}

Result<> Partition::check_state() {
    const auto named = [&](Code code, std::string_view what) {
        return fail(code, "topic {}, partition {}: {}", topic(), index(), what);
    };
    switch (state_) {
        case State::open:
            return {};
        case State::removed:
            return named(Code::not_found, "was deleted");
        case State::closed:
            return named(Code::unavailable, "the log is closing");
        case State::stopped:
            return named(Code::unavailable, "stopped: " + stop_reason_.message);
        case State::full:
            break;
    }
    const int64_t now = store_.site().clock->steady_ms();
    if (now < retry_at_ms_) return named(Code::disk_full, stop_reason_.message);
    retry_at_ms_ = now + retry_full_disk_ms;  // this append tries the disk
    return {};
}

Result<> Partition::admit(const BatchHeader& header) {
    if (static_cast<int64_t>(header.size()) > config_.max_message_bytes)
        return fail(Code::too_large, "a batch of {} bytes is over max.message.bytes={} of topic {}", header.size(),
                    config_.max_message_bytes, topic());
    if (committer_.overloaded())
        return fail(Code::unavailable, "the disk is behind: too much is waiting to be written; try again");
    return check_state();
}

Result<Appended> Partition::append(MutableBytes batch) {
    if (batch.size() < batch_header_size) return fail(Code::invalid, "record batch shorter than its header");
    const BatchHeader header = BatchHeader::load(batch.data());
    if (auto sound = check_header(header); !sound) return fail(Code::invalid, "{}", sound.error().message);
    if (header.size() != batch.size() || header.record_count == 0)
        return fail(Code::invalid, "record batch of {} bytes, {} records, in {} bytes", header.size(),
                    header.record_count, batch.size());
    const int64_t now = store_.site().clock->wall_ms();
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(admit(header));
    int64_t max_timestamp = header.max_timestamp;
    if (config_.append_time) {
        max_timestamp = now;
        store_big_endian<int16_t>(batch.data() + 21, static_cast<int16_t>(header.attributes | 8));
        store_big_endian(batch.data() + 35, now);
        seal_batch(batch);
    }
    const int64_t base = end_offset_.load(std::memory_order_relaxed);
    const int64_t last = base + header.last_offset_delta;
    store_big_endian(batch.data(), base);
    store_big_endian(batch.data() + 12, store_.leader_epoch());
    if (!enlisted_) {
        enlisted_ = true;
        tail_.bytes = committer_.enlist(shared_from_this());
        tail_.incarnation = store_.incarnation();
    }
    tail_.bytes.insert(tail_.bytes.end(), batch.begin(), batch.end());
    tail_.marks.push_back({base, last, max_timestamp, batch.size()});
    committer_.count_pending(batch.size());
    end_offset_.store(last + 1, std::memory_order_release);
    return Appended{base, last, now};
}

int64_t Partition::acked_end(Ack ack) const {
    return ack == Ack::written || config_.write_caching ? std::max(written_end_, synced_end_) : synced_end_;
}

const Partition::FailedRange* Partition::failed(int64_t offset) const {
    for (const FailedRange& each : failed_)
        if (offset >= each.first && offset < each.end) return &each;
    return nullptr;
}

void Partition::when_acked(int64_t last_offset, Ack ack, Done done) {
    Result<> outcome;
    {
        const std::scoped_lock lock(mutex_);
        if (const FailedRange* range = failed(last_offset))
            outcome = fail(range->error);
        else if (last_offset >= acked_end(ack)) {
            waiters_.push_back({last_offset, ack, std::move(done)});
            return;
        }
    }
    done(std::move(outcome));
}

// mutex_ is held, here and in what follows with a Due.
void Partition::collect(Due& due) {
    const int64_t stable = config_.write_caching ? std::max(written_end_, synced_end_) : synced_end_;
    if (stable > stable_offset_.load(std::memory_order_relaxed))
        stable_offset_.store(stable, std::memory_order_release);
    std::erase_if(waiters_, [&](Waiter& waiter) {
        if (waiter.last_offset >= acked_end(waiter.ack)) return false;
        due.acks.emplace_back(std::move(waiter.done), Result<>());
        return true;
    });
    std::erase_if(wakes_, [&](Waking& waking) {
        if (stable_offset() <= waking.offset) return false;
        due.wakes.push_back(std::move(waking.wake));
        return true;
    });
}

Tail Partition::take_tail() {
    const std::scoped_lock lock(mutex_);
    enlisted_ = false;
    return std::exchange(tail_, Tail());
}

void Partition::written(int64_t end, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::full) state_ = State::open;
    written_end_ = std::max(written_end_, end);
    collect(due);
}

void Partition::synced(int64_t end, Due& due) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::stopped) return;
    synced_end_ = std::max(synced_end_, end);
    collect(due);
}

// Offsets that were given out and failed are not given out again: nobody's ack can mean another's record.
void Partition::failed_from(int64_t first, const Error& error, State next, Due& due) {
    const std::scoped_lock lock(mutex_);
    const int64_t end = end_offset_.load();
    committer_.count_pending(0 - tail_.bytes.size());
    tail_.bytes.clear();
    tail_.marks.clear();
    if (state_ == State::open || state_ == State::full) state_ = next;
    stop_reason_ = error;
    retry_at_ms_ = store_.site().clock->steady_ms() + retry_full_disk_ms;
    if (first >= end) return;
    failed_.push_back({first, end, error});
    if (failed_.size() > most_failed_ranges) failed_.erase(failed_.begin());
    std::erase_if(waiters_, [&](Waiter& waiter) {
        if (waiter.last_offset < first) return false;
        due.acks.emplace_back(std::move(waiter.done), fail(error));
        return true;
    });
}

bool Partition::stopped() const {
    const std::scoped_lock lock(mutex_);
    return state_ == State::stopped;
}

bool Partition::repair(Wal& wal) {
    const int64_t keep_until = stable_offset();
    std::vector<RedoEntry> redo;
    if (auto records = wal.read(wal.floor())) {
        for (WalRecord& each : *records)
            if (each.topic_id == topic_id() && each.partition == index()) redo.push_back(std::move(each.entry));
    }
    if (!store_.repair(redo, keep_until)) return false;
    const std::scoped_lock lock(mutex_);
    if (state_ != State::stopped) return true;
    synced_end_ = std::max(synced_end_, std::min(keep_until, store_.synced_end()));
    written_end_ = std::min(written_end_, std::max(keep_until, store_.written_end()));
    state_ = State::open;
    return true;
}

Result<Fetched> Partition::read(int64_t offset, size_t max_bytes) const {
    const int64_t stable = stable_offset();
    if (offset < start_offset() || offset > stable)
        return fail(Code::out_of_range, "offset {} of topic {}, partition {} is outside {} to {}", offset, topic(),
                    index(), start_offset(), stable);
    if (offset == stable) return Fetched{{}, offset};
    auto outcome = store_.read(offset, max_bytes, stable);
    if (!outcome && offset < start_offset())
        return fail(Code::out_of_range, "offset {} of topic {}, partition {} was just removed", offset, topic(),
                    index());
    PINFLOW_TRY(outcome);
    return Fetched{std::move(outcome->batches), outcome->next_offset};
}

Result<int64_t> Partition::offset_at_time(int64_t timestamp_ms) const {
    const int64_t stable = stable_offset();
    PINFLOW_ASSIGN(const auto offset, store_.offset_at_time(timestamp_ms, stable));
    return offset.value_or(stable);
}

Result<> Partition::delete_before(int64_t offset) {
    offset = std::min(offset, stable_offset());
    if (offset <= start_offset()) return {};
    store_.raise_start(offset);
    PINFLOW_TRY(save_start_offsets_());
    return store_.remove_below_start();
}

uint64_t Partition::on_readable(int64_t offset, Wake wake) {
    {
        const std::scoped_lock lock(mutex_);
        if (stable_offset() <= offset) {
            wakes_.push_back({next_wake_, offset, std::move(wake)});
            return next_wake_++;
        }
    }
    wake();
    return 0;
}

void Partition::cancel_wake(uint64_t id) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(wakes_, [&](const Waking& each) { return each.id == id; });
}

std::shared_ptr<ReaderHold> Partition::hold(int64_t from_offset) {
    return std::make_shared<ReaderHold>(shared_from_this(), from_offset);
}

int64_t Partition::lowest_hold() const {
    const std::scoped_lock lock(mutex_);
    int64_t lowest = INT64_MAX;
    for (const ReaderHold* each : holds_) lowest = std::min(lowest, each->offset());
    return lowest;
}

Config Partition::config() const {
    const std::scoped_lock lock(mutex_);
    return config_;
}

void Partition::set_config(const Config& config) {
    Due due;
    {
        const std::scoped_lock lock(mutex_);
        config_ = config;
        collect(due);
    }
    due.run();
}

void Partition::shut(State state) {
    Due due;
    const Error error{
        state == State::removed ? Code::not_found : Code::unavailable,
        fmt::format("topic {}, partition {} was {}", topic(), index(), state == State::removed ? "deleted" : "closed")};
    {
        const std::scoped_lock lock(mutex_);
        state_ = state;
        if (state == State::removed) {
            for (Waiter& waiter : waiters_) due.acks.emplace_back(std::move(waiter.done), fail(error));
            for (Waking& waking : wakes_) due.wakes.push_back(std::move(waking.wake));
            waiters_.clear();
            wakes_.clear();
            failed_.push_back({stable_offset(), INT64_MAX, error});
        }
    }
    due.run();
}

}  // namespace pinflow::log
