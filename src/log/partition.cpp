#include "log/partition.h"

#include <algorithm>

#include "log/committer.h"

namespace pinflow::log {

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
    : store_(std::move(site)),
      committer_(committer),
      config_(std::make_shared<const Config>(config)),
      max_message_bytes_(config.max_message_bytes) {}

Partition::~Partition() = default;

void Partition::adopt_store() {
    auto producers = store_.producers();
    const std::scoped_lock lock(mutex_);
    const int64_t end = store_.written_end();
    written_end_ = synced_end_ = end;
    end_offset_ = end;
    stable_offset_ = end;
    reset_producers(std::move(producers), end);
}

Result<> Partition::check_state() {
    const auto named = [&](Code code, std::string_view what) {
        return fail(code, "topic {}, partition {}: {}", topic(), index(), what);
    };
    if (closing_ && state_ != State::removed) return named(Code::unavailable, "the log is closing");
    switch (state_) {
        case State::open:
            return {};
        case State::removed:
            return named(Code::not_found, "was deleted");
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
    if (static_cast<int64_t>(header.size()) > config_->max_message_bytes)
        return fail(Code::too_large, "a batch of {} bytes is over max.message.bytes={} of topic {}", header.size(),
                    config_->max_message_bytes, topic());
    if (committer_.overloaded())
        return fail(Code::unavailable, "the disk is behind: too much is waiting to be written; try again");
    return check_state();
}

Result<Fetched> Partition::read(int64_t offset, size_t max_bytes, std::vector<std::byte> memory,
                                Isolation isolation) const {
    const int64_t limit = readable_end(isolation);
    const int64_t end = end_offset();  // what acks=1 has acked is not out of range, but not there yet
    if (offset < start_offset() || offset > end)
        return fail(Code::out_of_range, "offset {} of topic {}, partition {} is outside {} to {}", offset, topic(),
                    index(), start_offset(), end);
    if (offset >= limit) {
        memory.clear();
        return Fetched{std::move(memory), offset};
    }
    auto outcome = store_.read(offset, max_bytes, limit, std::move(memory));
    if (!outcome && offset < start_offset())
        return fail(Code::out_of_range, "offset {} of topic {}, partition {} was just removed", offset, topic(),
                    index());
    PINFLOW_TRY(outcome);
    return Fetched{std::move(outcome->batches), outcome->next_offset};
}

Result<int64_t> Partition::offset_at_time(int64_t timestamp_ms) const {
    const int64_t stable = stable_offset();
    PINFLOW_ASSIGN(const auto found, store_.find_time(timestamp_ms, stable));
    return found ? found->offset : stable;
}

Result<std::optional<TimedOffset>> Partition::find_time(int64_t timestamp_ms, Isolation isolation) const {
    return store_.find_time(timestamp_ms, readable_end(isolation));
}

Result<std::optional<TimedOffset>> Partition::find_newest_time(Isolation isolation) const {
    return store_.find_newest_time(readable_end(isolation));
}

Result<> Partition::delete_before(int64_t offset) {
    offset = std::min(offset, stable_offset());
    if (offset <= start_offset()) return {};
    store_.raise_start(offset);
    PINFLOW_TRY(save_start_offsets_());
    return store_.remove_below_start();
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

std::shared_ptr<const Config> Partition::settings() const {
    const std::scoped_lock lock(mutex_);
    return config_;
}

void Partition::set_config(const Config& config) {
    auto fresh = std::make_shared<const Config>(config);
    Due due;
    {
        const std::scoped_lock lock(mutex_);
        config_ = std::move(fresh);
        max_message_bytes_.store(config.max_message_bytes, std::memory_order_relaxed);
        collect(due);
    }
    due.run();
}

void Partition::begin_close() {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
}

// For good: the topic is deleted.
void Partition::shut() {
    Due due;
    const Error error{Code::not_found, fmt::format("topic {}, partition {} was deleted", topic(), index())};
    {
        const std::scoped_lock lock(mutex_);
        state_ = State::removed;
        for (Waiter& waiter : waiters_) due.acks.emplace_back(std::move(waiter.done), fail(error));
        for (Waking& waking : wakes_) due.wakes.push_back(std::move(waking.wake));
        waiters_.clear();
        wakes_.clear();
        failed_.push_back({stable_offset(), INT64_MAX, error});
    }
    due.run();
}

}  // namespace pinflow::log
