#include "log/producer_snapshot.h"

#include <algorithm>

#include "base/crc32c.h"

namespace pinflow::log {
namespace {

constexpr int16_t version = 1;
constexpr size_t crc_position = 2;
constexpr size_t checked_from = 6;
constexpr size_t header_size = 10;
constexpr size_t entry_size = 46;

void put_entry(std::string& into, int64_t id, const Producer& producer, const ProducerBatch& batch) {
    std::array<std::byte, entry_size> entry{};
    std::byte* at = entry.data();
    store_big_endian(at, id);
    store_big_endian(at + 8, producer.epoch);
    store_big_endian(at + 10, batch.last_sequence);
    store_big_endian(at + 14, batch.last_offset);
    store_big_endian(at + 22, batch.offset_delta);
    store_big_endian(at + 26, batch.timestamp_ms);
    store_big_endian(at + 34, producer.coordinator_epoch);
    store_big_endian(at + 38, producer.transaction_start);
    into += as_text(entry);
}

// Adds an entry to what those before it said of the producer.
Result<> take_entry(const std::byte* at, Producer& producer) {
    const auto epoch = load_big_endian<int16_t>(at + 8);
    const ProducerBatch batch{load_big_endian<int32_t>(at + 10), load_big_endian<int32_t>(at + 22),
                              load_big_endian<int64_t>(at + 14), load_big_endian<int64_t>(at + 26)};
    if (epoch != producer.epoch) producer.batch_count = 0;
    producer.epoch = epoch;
    producer.coordinator_epoch = load_big_endian<int32_t>(at + 34);
    producer.transaction_start = load_big_endian<int64_t>(at + 38);
    producer.last_seen_ms = std::max(producer.last_seen_ms, batch.timestamp_ms);
    const bool only_markers = batch.last_sequence < 0;
    const bool possible = only_markers || (batch.offset_delta >= 0 && batch.last_offset >= batch.offset_delta);
    if (!possible || producer.transaction_start < -1)
        return fail(Code::corrupt, "a producer snapshot with impossible offsets");
    if (only_markers) producer.torn_before = true;  // if batches follow
    if (only_markers) return {};
    if (producer.batch_count == remembered_batches) {
        std::shift_left(producer.batches.begin(), producer.batches.end(), 1);
        --producer.batch_count;
    }
    producer.batches[producer.batch_count++] = batch;
    return {};
}

}  // namespace

std::string write_producer_snapshot(const ProducerState& state) {
    std::string bytes(header_size, '\0');
    int32_t count = 0;
    for (const auto& [id, producer] : state.all()) {
        ProducerBatch none;
        none.timestamp_ms = producer.last_seen_ms;
        const bool without_batch = producer.batch_count == 0 || producer.torn_before;
        if (without_batch) put_entry(bytes, id, producer, none);
        for (const ProducerBatch& batch : producer.known()) put_entry(bytes, id, producer, batch);
        count += producer.batch_count + (without_batch ? 1 : 0);
    }
    std::array<std::byte, header_size> header{};
    store_big_endian(header.data(), version);
    store_big_endian(header.data() + checked_from, count);
    bytes.replace(0, header_size, as_text(header));
    store_big_endian(header.data() + crc_position, crc32c(as_bytes(bytes).subspan(checked_from)));
    return bytes.replace(0, header_size, as_text(header));
}

Result<ProducerState> read_producer_snapshot(Bytes bytes) {
    if (bytes.size() < header_size) return fail(Code::corrupt, "a producer snapshot of {} bytes", bytes.size());
    if (const auto found = load_big_endian<int16_t>(bytes.data()); found != version)
        return fail(Code::corrupt, "a producer snapshot of version {}; only {} is known", found, version);
    if (crc32c(bytes.subspan(checked_from)) != load_big_endian<uint32_t>(bytes.data() + crc_position))
        return fail(Code::corrupt, "a producer snapshot that does not match its checksum");
    const auto count = load_big_endian<int32_t>(bytes.data() + checked_from);
    if (count < 0 || header_size + static_cast<uint64_t>(count) * entry_size > bytes.size())
        return fail(Code::corrupt, "a producer snapshot that names {} entries in {} bytes", count, bytes.size());
    std::unordered_map<int64_t, Producer> producers;
    for (int32_t i = 0; i < count; ++i) {
        const std::byte* at = bytes.data() + header_size + static_cast<size_t>(i) * entry_size;
        PINFLOW_TRY(take_entry(at, producers[load_big_endian<int64_t>(at)]));
    }
    ProducerState state;
    for (const auto& [id, producer] : producers) state.restore(id, producer);
    return state;
}

}  // namespace pinflow::log
