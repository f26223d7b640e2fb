#include "broker/produce.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "log/batch.h"
#include "log/batch_rewrite.h"

namespace pinflow::broker {
namespace {

constexpr size_t record_overhead = 40;         // of one record in a batch: lengths, attributes, deltas, at most
constexpr size_t max_kept_builder = 4u << 20;  // bytes that a thread keeps for the next request

// Indexes of the records by partition, each partition's in their order.
std::vector<uint32_t> by_partition(std::span<const OutgoingRecord> records, size_t partitions) {
    std::vector<uint32_t> starts(partitions + 1), order(records.size());
    for (const OutgoingRecord& record : records) ++starts[static_cast<size_t>(record.partition) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (uint32_t i = 0; i < records.size(); ++i) order[starts[static_cast<size_t>(records[i].partition)]++] = i;
    return order;
}

bool one_partition(std::span<const OutgoingRecord> records) {
    for (const OutgoingRecord& record : records)
        if (record.partition != records.front().partition) return false;
    return true;
}

size_t size_of(const std::optional<Bytes>& bytes) {
    return bytes ? bytes->size() : 0;
}

size_t size_of(std::span<const log::RecordHeader> headers) {
    constexpr size_t header_overhead = 10;  // two lengths
    size_t size = 0;
    for (const log::RecordHeader& header : headers) size += header.key.size() + size_of(header.value) + header_overhead;
    return size;
}

}  // namespace

// One produce() under way. Counts the batches that were not acked yet, and one for itself while it appends.
// It lives as long as a partition may still call it back.
class Producing : public std::enable_shared_from_this<Producing> {
  public:
    using Done = std::move_only_function<void(Produced)>;

    Producing(const Topic& topic, std::span<const OutgoingRecord> records, int64_t now_ms, Done done)
        : topic_(&topic), records_(records), now_ms_(now_ms), done_(std::move(done)) {
        produced_.places_.resize(records.size());
        if (std::ranges::any_of(records, [](const OutgoingRecord& record) { return record.timestamp_ms >= 0; }))
            for (const OutgoingRecord& record : records) produced_.times_.push_back(time_of(record));
    }

    void run(const ChooseAgain& choose_again) {
        append_all();
        if (any_late_ && choose_again) append_late(choose_again);
        wait_for_acks();
    }

  private:
    int64_t time_of(const OutgoingRecord& record) const {
        return record.timestamp_ms >= 0 ? record.timestamp_ms : now_ms_;
    }

    void append_all() {
        static thread_local log::BatchBuilder builder;
        if (builder.size_bytes() > max_kept_builder) builder = {};
        if (records_.empty()) return;
        if (one_partition(records_)) {
            open(records_.front().partition);
            for (uint32_t i = 0; i < records_.size(); ++i) add(builder, i);
        } else {
            for (const uint32_t i : by_partition(records_, topic_->partitions.size())) {
                if (!partition_ || partition_->index() != records_[i].partition) {
                    flush(builder);
                    open(records_[i].partition);
                }
                add(builder, i);
            }
        }
        flush(builder);
    }

    // Another seal may come in between; then once more.
    void append_late(const ChooseAgain& choose_again) {
        const Uuid id = topic_->id;
        while (std::exchange(any_late_, false)) {
            std::vector<Late> late;
            for (uint32_t i = 0; i < records_.size(); ++i)
                if (produced_.batches_[produced_.places_[i].batch].late) late.push_back({i});
            TopicPtr topic = choose_again(id, records_, late);
            if (!topic) return;
            topic_ = topic.get();
            produced_.chosen_again_ = std::move(topic);
            for (Produced::Batch& batch : produced_.batches_)
                if (batch.late) batch = {};  // no record has its place there any more
            std::ranges::sort(late, {}, [](const Late& each) { return std::pair(each.partition, each.record); });
            append_these(late);
        }
    }

    void append_these(std::span<const Late> late) {
        log::BatchBuilder builder;
        partition_.reset();
        for (const auto& [record, partition] : late) {
            if (!partition_ || partition_->index() != partition) {
                flush(builder);
                open(partition);
            }
            add(builder, record);
        }
        flush(builder);
    }

    void open(int32_t partition) {
        partition_ = topic_->partitions[static_cast<size_t>(partition)];
        limit_ = static_cast<size_t>(partition_->max_message_bytes());
    }

    void add(log::BatchBuilder& builder, uint32_t index) {
        const OutgoingRecord& record = records_[index];
        const size_t at_most = size_of(record.key) + size_of(record.value) + size_of(record.headers) + record_overhead;
        if (!builder.empty() && builder.size_bytes() + at_most > limit_) flush(builder);
        if (builder.empty()) builder.reset();
        produced_.places_[index] = {static_cast<uint32_t>(produced_.batches_.size()),
                                    static_cast<uint32_t>(builder.record_count())};
        builder.add(time_of(record), record.key, record.value, record.headers);
        if (builder.size_bytes() > limit_) refuse(builder);
    }

    // The batch holds one record, and that one is over the limit.
    void refuse(log::BatchBuilder& builder) {
        produced_.batches_.push_back(
            {partition_,
             {},
             fail(Code::too_large,
                  "The record takes {} bytes, more than max.message.bytes = {} of topic {} allows. Send "
                  "a smaller record or raise max.message.bytes.",
                  builder.size_bytes(), limit_, topic_->name)});
        builder.reset();
    }

    void flush(log::BatchBuilder& builder) {
        if (builder.empty()) return;
        Produced::Batch& batch = produced_.batches_.emplace_back(partition_);
        const auto settings = partition_->settings();
        batch.append_time = settings->append_time;
        if (auto appended = append(*settings, builder.finish())) {
            batch.appended = *appended;
        } else {
            batch.late = appended.error().refusal == log::Refusal::sealed;
            any_late_ = any_late_ || batch.late;
            batch.result = fail(std::move(appended).error());
        }
        builder.reset();
    }

    log::AppendResult append(const log::Config& settings, MutableBytes batch) {
        std::vector<std::byte> compressed;
        PINFLOW_ASSIGN(batch, log::in_codec_of(settings, batch, compressed));
        PINFLOW_ASSIGN(log::Appended appended, partition_->append(batch));
        if (!settings.append_time) appended.append_time_ms = now_ms_;
        return appended;
    }

    void wait_for_acks() {
        waiting_.store(produced_.batches_.size() + 1, std::memory_order_relaxed);
        for (Produced::Batch& batch : produced_.batches_) {
            if (!batch.result || !batch.partition) {
                one_less();
                continue;
            }
            batch.partition->when_acked(batch.appended.last_offset, log::Ack::durable,
                                        [self = shared_from_this(), &batch](Result<> result) {
                                            batch.result = std::move(result);
                                            self->one_less();
                                        });
        }
        one_less();
    }

    void one_less() {
        if (waiting_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(std::move(produced_));
    }

    // Valid while append_all() runs.
    const Topic* topic_;
    std::span<const OutgoingRecord> records_;
    int64_t now_ms_;
    std::shared_ptr<log::Partition> partition_;
    size_t limit_ = 0;
    bool any_late_ = false;

    Produced produced_;
    Done done_;
    std::atomic<size_t> waiting_ = 0;
};

Produced::Outcome Produced::operator[](size_t record) const {
    const Place place = places_[record];
    const Batch& batch = batches_[place.batch];
    const int64_t time_ms = batch.append_time || times_.empty() ? batch.appended.append_time_ms : times_[record];
    return {batch.partition ? batch.partition->index() : -1, batch.appended.base_offset + place.index, time_ms,
            batch.result ? nullptr : &batch.result.error()};
}

const Error* Produced::first_error() const {
    for (const Batch& batch : batches_)
        if (!batch.result) return &batch.result.error();
    return nullptr;
}

Produced Produced::none(size_t count, Error error) {
    Produced produced;
    produced.batches_.push_back({.result = std::unexpected(std::move(error))});
    produced.places_.resize(count);
    return produced;
}

void produce(const Topic& topic, std::span<const OutgoingRecord> records, int64_t now_ms,
             std::move_only_function<void(Produced)> done, const ChooseAgain& choose_again) {
    std::make_shared<Producing>(topic, records, now_ms, std::move(done))->run(choose_again);
}

}  // namespace pinflow::broker
