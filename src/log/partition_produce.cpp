// How batches come into a partition, and what it knows of who sent them.
#include <algorithm>

#include "log/committer.h"
#include "log/control_batch.h"
#include "log/partition.h"

namespace pinflow::log {

AppendResult Partition::append(MutableBytes batch, WriteBy by) {
    if (batch.size() < batch_header_size) return fail(Code::invalid, "record batch shorter than its header");
    const BatchHeader header = BatchHeader::load(batch.data());
    if (auto sound = check_header(header); !sound) return fail(Code::invalid, "{}", sound.error().message);
    if (header.size() != batch.size() || header.record_count == 0)
        return fail(Code::invalid, "record batch of {} bytes, {} records, in {} bytes", header.size(),
                    header.record_count, batch.size());
    const int64_t now = store_.site().clock->wall_ms();
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(admit(header));
    if (header.by_producer()) [[unlikely]] {
        auto repeated = check_producer(header);
        if (repeated && *repeated) return **repeated;
        // Where the batch before it was refused because of the seal, there is a gap: the seal is what counts.
        const bool late = sealed_ && !repeated && repeated.error().refusal == Refusal::out_of_order_sequence;
        if (!repeated && !late) return std::unexpected(std::move(repeated).error());
    }
    if (sealed_) [[unlikely]]
        return refuse(Refusal::sealed,
                      "topic {}, partition {} is sealed and takes no records any more; the topic has others", topic(),
                      index());
    return take(batch, header, std::nullopt, now, by);
}

void Partition::seal() {
    const std::scoped_lock lock(mutex_);
    sealed_ = true;
}

bool Partition::sealed() const {
    const std::scoped_lock lock(mutex_);
    return sealed_;
}

bool Partition::complete() const {
    const std::scoped_lock lock(mutex_);
    if (!sealed_) return false;
    const int64_t stable = stable_offset(), end = end_offset();
    // What failed last may have taken the last offsets with it; nobody will ever read them.
    const bool failed_to_end = !failed_.empty() && failed_.back().first <= stable && failed_.back().end >= end;
    return (stable >= end || failed_to_end) && last_stable_offset() >= stable;
}

void Partition::write_appended() {
    committer_.write_here();
}

AppendResult Partition::append_marker(int64_t producer_id, int16_t epoch, const Marker& marker) {
    const int64_t now = store_.site().clock->wall_ms();
    auto batch = make_marker(producer_id, epoch, marker, now);
    const BatchHeader header = BatchHeader::load(batch.data());
    const std::scoped_lock lock(mutex_);
    PINFLOW_TRY(check_state());
    if (producing_) PINFLOW_TRY(producing_->state.check(producer_id, epoch, marker.coordinator_epoch));
    return take(batch, header, marker, now);
}

// mutex_ is held, here and below.
std::expected<std::optional<Appended>, AppendError> Partition::check_producer(const BatchHeader& header) {
    if (header.control())
        return refuse(Refusal::invalid_record, "topic {}, partition {}: control records are not for clients to write",
                      topic(), index());
    if (header.producer_id < 0) return refuse(Refusal::invalid_record, "a transactional batch without a producer id");
    if (header.producer_epoch < 0 || header.base_sequence < 0)
        return refuse(Refusal::invalid_record, "a batch of producer {} with epoch {} and sequence {}",
                      header.producer_id, header.producer_epoch, header.base_sequence);
    if (header.record_count != header.last_offset_delta + int64_t{1})
        return refuse(Refusal::invalid_record, "a batch of producer {} with {} records and offsets for {}",
                      header.producer_id, header.record_count, header.last_offset_delta + int64_t{1});
    if (!producing_) producing_ = std::make_unique<Producing>();
    auto known = producing_->state.check(header);
    if (!known) {
        known.error().message += fmt::format(" (topic {}, partition {})", topic(), index());
        return std::unexpected(std::move(known).error());
    }
    if (!*known) return std::nullopt;
    return Appended{(*known)->base_offset(), (*known)->last_offset, (*known)->timestamp_ms, true};
}

Appended Partition::take(MutableBytes batch, BatchHeader header, const std::optional<Marker>& marker, int64_t now,
                         WriteBy by) {
    if (config_->append_time) {
        header.max_timestamp = now;
        store_big_endian<int16_t>(batch.data() + 21, static_cast<int16_t>(header.attributes | 8));
        store_big_endian(batch.data() + 35, now);
        seal_batch(batch);
    }
    header.base_offset = end_offset_.load(std::memory_order_relaxed);
    const int64_t last = header.last_offset();
    store_big_endian(batch.data(), header.base_offset);
    store_big_endian(batch.data() + 12, store_.leader_epoch());
    if (!enlisted_) {
        enlisted_ = true;
        left_to_caller_ = by == WriteBy::caller;
        tail_ = committer_.enlist(shared_from_this(), by == WriteBy::log);
    } else if (by == WriteBy::log && left_to_caller_) {  // who may take its time
        left_to_caller_ = false;
        committer_.wake_writer();
    }
    if (tail_.marks.empty()) tail_.incarnation = store_.incarnation();
    tail_.bytes.insert(tail_.bytes.end(), batch.begin(), batch.end());
    tail_.marks.push_back({header.base_offset, last, header.max_timestamp, batch.size()});
    committer_.count_pending(batch.size());
    if (header.producer_id >= 0) [[unlikely]]
        note_producer(header, marker, now);
    end_offset_.store(last + 1, std::memory_order_release);
    return {header.base_offset, last, now, false};
}

void Partition::note_producer(const BatchHeader& header, const std::optional<Marker>& marker, int64_t now) {
    if (!producing_) producing_ = std::make_unique<Producing>();
    tail_.producers = true;
    if (const auto ended = producing_->state.apply(header, marker, now)) producing_->undecided.push_back(*ended);
}

// As the files have them up to `end`: what was given out from there on failed.
void Partition::reset_producers(std::unique_ptr<ProducerState> state, int64_t end) {
    std::vector<CompletedTransaction> undecided;
    if (producing_) undecided = std::move(producing_->undecided);
    std::erase_if(undecided, [&](const CompletedTransaction& each) { return each.marker_offset >= end; });
    producing_.reset();
    if (state) producing_ = std::make_unique<Producing>(Producing{std::move(*state), std::move(undecided)});
    last_stable_offset_.store(committed_end(), std::memory_order_release);
}

// Readers of committed records stop here: at the first record of a transaction that is open, or whose marker readers
// cannot see yet.
int64_t Partition::committed_end() {
    const int64_t stable = stable_offset_.load(std::memory_order_relaxed);
    if (!producing_) [[likely]]
        return stable;
    int64_t end = std::min(stable, producing_->state.first_open());
    std::erase_if(producing_->undecided, [&](const CompletedTransaction& each) {
        if (each.marker_offset < stable) return true;
        end = std::min(end, each.first_offset);
        return false;
    });
    return std::max(end, std::min(stable, start_offset()));
}

void Partition::expire_producers(int64_t now_ms, int64_t after_ms) {
    store_.expire_producers(now_ms, after_ms);
    const std::scoped_lock lock(mutex_);
    if (producing_) producing_->state.expire(now_ms, after_ms);
}

std::vector<std::pair<int64_t, Producer>> Partition::producers() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::pair<int64_t, Producer>> list;
    if (producing_) list.assign(producing_->state.all().begin(), producing_->state.all().end());
    return list;
}

}  // namespace pinflow::log
