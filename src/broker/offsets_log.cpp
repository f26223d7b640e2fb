#include "broker/offsets_log.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace pinflow::broker {
namespace {

// Places of a batch's header, see log/batch.h.
constexpr size_t attributes_at = 21;
constexpr size_t producer_id_at = 43;
constexpr size_t producer_epoch_at = 51;
constexpr int16_t transactional_flag = 16;
constexpr int16_t control_flag = 32;
constexpr size_t read_bytes = 4 << 20;

// A control record's key: version 0, then 0 (abort) or 1 (commit). Its value: version 0, coordinator epoch 0.
constexpr size_t marker_size = 4;

std::string marker_key(bool commit) {
    return {'\0', '\0', '\0', commit ? '\1' : '\0'};
}

void mark_batch(MutableBytes batch, const ProducerRef& producer, bool control) {
    const int16_t flags = static_cast<int16_t>(transactional_flag | (control ? control_flag : 0));
    const auto attributes = load_big_endian<int16_t>(batch.data() + attributes_at);
    store_big_endian(batch.data() + attributes_at, static_cast<int16_t>(attributes | flags));
    store_big_endian(batch.data() + producer_id_at, producer.id);
    store_big_endian(batch.data() + producer_epoch_at, producer.epoch);
    log::seal_batch(batch);
}

// RecordReader passes over control batches: this one is shown to it without the mark.
Result<std::optional<bool>> read_marker(Bytes batch) {
    std::vector<std::byte> plain(batch.begin(), batch.end());
    const auto attributes = load_big_endian<int16_t>(plain.data() + attributes_at);
    store_big_endian(plain.data() + attributes_at, static_cast<int16_t>(attributes & ~control_flag));
    log::RecordReader reader(plain);
    log::Record record;
    PINFLOW_ASSIGN(const bool found, reader.next(record));
    if (!found || !record.key || record.key->size() < marker_size)
        return fail(Code::corrupt, "a control batch without a key");
    const auto kind = load_big_endian<int16_t>(record.key->data() + 2);
    return kind == 0 || kind == 1 ? std::optional(kind == 1) : std::nullopt;
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
    PINFLOW_ASSIGN(item.transaction_end, read_marker(batch));
    if (item.transaction_end) replay(item);
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
    static constexpr std::string_view marker_value("\0\0\0\0\0\0", 6);
    builder_.reset();
    for (const auto& [key, value] : batch.records)
        builder_.add(now_ms, as_bytes(key), value ? std::optional(as_bytes(*value)) : std::nullopt);
    if (batch.transaction_end)
        builder_.add(now_ms, as_bytes(marker_key(*batch.transaction_end)), as_bytes(marker_value));
    const MutableBytes bytes = builder_.finish();
    if (batch.producer) mark_batch(bytes, *batch.producer, batch.transaction_end.has_value());
    return this->partition(partition)->append(bytes);
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
