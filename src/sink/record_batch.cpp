#include "sink/record_batch.h"

namespace pinflow::sink {
namespace {

constexpr size_t most_kept_bytes = 128 << 20;
constexpr size_t copy_bytes = 1 << 20;  // of a buffer for copies

}  // namespace

Result<int64_t> RecordBatch::read(const log::Partition& partition, std::string_view topic, int64_t offset,
                                  size_t max_bytes, const Wanted& wanted) {
    PINFLOW_ASSIGN(log::Fetched fetched, partition.read_committed(offset, max_bytes, spare()));
    if (fetched.batches.empty()) {
        spare_.push_back(std::move(fetched.batches));
        return std::max(offset, fetched.next_offset);
    }
    buffers_.push_back(std::move(fetched.batches));
    bytes_ += buffers_.back().size();
    PINFLOW_TRY(take(buffers_.back(), topic, partition.index(), offset, wanted));
    return fetched.next_offset;
}

// Batch by batch, because a reader's views end where it enters the next one.
Result<> RecordBatch::take(Bytes batches, std::string_view topic, int32_t partition, int64_t from,
                           const Wanted& wanted) {
    while (batches.size() >= log::batch_header_size) {
        const size_t size = std::min(log::BatchHeader::load(batches.data()).size(), batches.size());
        readers_.emplace_back(batches.first(size));
        batches = batches.subspan(size);
        log::Record record;
        while (true) {
            PINFLOW_ASSIGN(const bool more, readers_.back().next(record));
            if (!more) break;
            if (record.offset < from) continue;
            const engine::RecordIn in{.topic = topic,
                                      .partition = partition,
                                      .offset = record.offset,
                                      .timestamp_ms = record.timestamp_ms,
                                      .key = record.key,
                                      .value = record.value};
            add(in, wanted);
        }
    }
    return {};
}

void RecordBatch::add(const engine::RecordIn& record, const Wanted& wanted) {
    const auto keep = [&](const engine::RecordIn& each) {
        if (!wanted || wanted(each)) records_.push_back(each);
    };
    const std::span<const UserRecord> parts(aggregate_.read(record.value.value_or(Bytes())));
    if (parts.empty()) return keep(record);
    engine::RecordIn part = record;
    part.parts = static_cast<int32_t>(parts.size());
    for (; part.part < part.parts; ++part.part) {
        part.key = parts[static_cast<size_t>(part.part)].partition_key;
        part.value = parts[static_cast<size_t>(part.part)].data;
        keep(part);
    }
}

void RecordBatch::add_copy(engine::RecordIn record, const Wanted& wanted) {
    if (record.key) record.key = copy(*record.key);
    if (record.value) record.value = copy(*record.value);
    add(record, wanted);
}

// Buffers never move: only what they have room for goes into the last one.
Bytes RecordBatch::copy(Bytes bytes) {
    if (buffers_.empty() || buffers_.back().capacity() - buffers_.back().size() < bytes.size()) {
        buffers_.push_back(spare());
        buffers_.back().clear();
        buffers_.back().reserve(std::max(copy_bytes, bytes.size()));
    }
    auto& buffer = buffers_.back();
    const auto at = static_cast<size_t>(buffer.size());
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
    bytes_ += bytes.size();
    return Bytes(buffer).subspan(at);
}

std::vector<std::byte> RecordBatch::spare() {
    if (spare_.empty()) return {};
    std::vector<std::byte> buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
}

void RecordBatch::clear() {
    records_.clear();
    readers_.clear();
    std::ranges::move(buffers_, std::back_inserter(spare_));
    buffers_.clear();
    bytes_ = 0;
}

size_t RecordBatch::memory_bytes() const {
    size_t bytes = records_.capacity() * sizeof(engine::RecordIn);
    for (const auto& buffer : spare_) bytes += buffer.capacity();
    for (const auto& buffer : buffers_) bytes += buffer.capacity();
    return bytes;
}

std::unique_ptr<RecordBatch> RecordBatchPool::acquire() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) return std::make_unique<RecordBatch>();
    auto batch = std::move(free_.back());
    free_.pop_back();
    return batch;
}

void RecordBatchPool::release(std::unique_ptr<RecordBatch> batch) {
    batch->clear();
    if (batch->memory_bytes() > most_kept_bytes) return;
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(batch));
}

}  // namespace pinflow::sink
