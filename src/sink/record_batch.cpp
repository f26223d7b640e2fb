#include "sink/record_batch.h"

namespace pinflow::sink {

Result<int64_t> RecordBatch::read(const log::Partition& partition, std::string_view topic, int64_t offset,
                                  size_t max_bytes, const Wanted& wanted) {
    PINFLOW_ASSIGN(log::Fetched fetched, partition.read(offset, max_bytes));
    if (fetched.batches.empty()) return std::max(offset, fetched.next_offset);
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
            if (!wanted || wanted(in)) records_.push_back(in);
        }
    }
    return {};
}

}  // namespace pinflow::sink
