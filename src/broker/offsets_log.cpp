#include "broker/offsets_log.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace pinflow::broker {
namespace {

constexpr size_t read_bytes = 4 << 20;

// The log takes a producer's batches in sequence, those of the coordinator too.
int32_t next_sequence(const log::Partition& partition, const ProducerRef& producer) {
    for (const auto& [id, known] : partition.producers())
        if (id == producer.id && known.epoch == producer.epoch && known.batch_count > 0)
            return log::advance_sequence(known.known().back().last_sequence, 1);
    return 0;
}

// Fenced, or a sequence that was taken back by a repair between the look and the append: that may be tried again.
Error told(const log::AppendError& error) {
    const bool fenced =
        error.refusal == log::Refusal::invalid_producer_epoch || error.refusal == log::Refusal::coordinator_fenced;
    return {error.code == Code::conflict && !fenced ? Code::unavailable : error.code, error.message};
}

Result<> replay_records(Bytes batch, OffsetsReplay item, const std::function<void(const OffsetsReplay&)>& replay) {
    log::RecordReader reader(batch);
    log::Record record;
    while (true) {
        PINFLOW_ASSIGN(const bool more, reader.next(record));
        if (!more) return {};
        auto key = decode_key(record.key.value_or(Bytes()));
        if (!key) {
            spdlog::error("{}-{}, offset {}: {}; the record is passed over", offsets_topic, item.partition,
                          record.offset, key.error().message);
            continue;
        }
        item.key = std::move(*key);
        item.value = record.value;
        item.log_offset = record.offset;
        replay(item);
    }
}

Result<> replay_batch(int32_t partition, Bytes batch, const log::BatchHeader& header,
                      const std::function<void(const OffsetsReplay&)>& replay) {
    OffsetsReplay item{partition, header.base_offset};
    if (header.transactional()) item.producer_id = header.producer_id;
    if (!header.control()) return replay_records(batch, std::move(item), replay);
    if (const auto marker = log::read_marker(batch)) {
        item.transaction_end = marker->type;
        replay(item);
    }
    return {};
}

}  // namespace

bool OffsetsLog::open() {
    const TopicPtr topic = topics_.find(offsets_topic);
    if (topic) partitions_ = topic->partitions;
    return topic != nullptr;
}

Result<> OffsetsLog::create(int32_t partitions) {
    auto made = topics_.create(
        offsets_topic, partitions,
        {{"cleanup.policy", "compact"}, {"segment.bytes", "104857600"}, {"compression.type", "producer"}},
        {{"internal", "true"}});
    if (!made && made.error().code != Code::exists) return fail(std::move(made).error());
    return {};
}

Result<> OffsetsLog::read(const std::function<void(const OffsetsReplay&)>& replay) const {
    for (int32_t i = 0; i < static_cast<int32_t>(partitions_.size()); ++i) PINFLOW_TRY(read_partition(i, replay));
    return {};
}

Result<> OffsetsLog::read_partition(int32_t index, const std::function<void(const OffsetsReplay&)>& replay) const {
    const log::Partition& from = *partition(index);
    int64_t offset = from.start_offset();
    const int64_t end = from.stable_offset();
    while (offset < end) {
        PINFLOW_ASSIGN(const log::Fetched some, from.read(offset, read_bytes));
        Bytes rest = some.batches;
        while (!rest.empty()) {
            const auto header = log::BatchHeader::load(rest.data());  // read() has checked it
            if (auto done = replay_batch(index, rest.first(header.size()), header, replay); !done)
                spdlog::error("{}-{}, offset {}: {}; the batch is passed over", offsets_topic, index,
                              header.base_offset, done.error().message);
            rest = rest.subspan(header.size());
        }
        if (some.next_offset <= offset) break;
        offset = some.next_offset;
    }
    return {};
}

int32_t OffsetsLog::partition_of(std::string_view group) const {
    return partition_of_group(group, static_cast<int32_t>(partitions_.size()));
}

const std::shared_ptr<log::Partition>& OffsetsLog::partition(int32_t index) const {
    return partitions_[static_cast<size_t>(index)];
}

Result<log::Appended> OffsetsLog::append(int32_t partition, const OffsetsBatch& batch, int64_t now_ms) {
    log::Partition& to = *this->partition(partition);
    const auto append = [&] -> log::AppendResult {
        if (batch.marker) return to.append_marker(batch.producer->id, batch.producer->epoch, *batch.marker);
        builder_.reset();
        for (const auto& [key, value] : batch.records)
            builder_.add(now_ms, as_bytes(key), value ? std::optional(as_bytes(*value)) : std::nullopt);
        const MutableBytes bytes = builder_.finish();
        if (batch.producer)
            log::stamp_producer(bytes,
                                {batch.producer->id, batch.producer->epoch, next_sequence(to, *batch.producer), true});
        return to.append(bytes);
    };
    auto place = append();
    if (!place) return fail(told(place.error()));
    return *place;
}

int32_t partition_of_group(std::string_view group, int32_t partitions) {
    uint32_t hash = 0;
    for (size_t i = 0; i < group.size();) {  // UTF-8 to the 16-bit units Java hashes
        const auto lead = static_cast<uint8_t>(group[i]);
        const size_t more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        uint32_t point = more == 0 ? lead : lead & (0x3fU >> more);
        for (size_t k = 1; k <= more && i + k < group.size(); ++k)
            point = (point << 6) | (static_cast<uint8_t>(group[i + k]) & 0x3fU);
        i += 1 + more;
        if (point >= 0x10000) {
            point -= 0x10000;
            hash = hash * 31 + (0xd800 + (point >> 10));
            point = 0xdc00 + (point & 0x3ff);
        }
        hash = hash * 31 + point;
    }
    const auto code = static_cast<int32_t>(hash);
    return code == INT32_MIN ? 0 : std::abs(code) % partitions;
}

}  // namespace pinflow::broker
