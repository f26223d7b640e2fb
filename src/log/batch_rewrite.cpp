#include "log/batch_rewrite.h"

#include <algorithm>

#include "log/compression.h"
#include "log/varint.h"

namespace pinflow::log {
namespace {

Result<int64_t> take_number(Bytes& from) {
    int64_t value = 0;
    const size_t used = get_varint(from, value);
    if (used == 0) return fail(Code::corrupt, "a record ends inside a number");
    from = from.subspan(used);
    return value;
}

Result<Bytes> take_sized(Bytes& from, int64_t size) {
    if (size < 0 || static_cast<uint64_t>(size) > from.size())
        return fail(Code::corrupt, "a record names {} bytes where {} are left", size, from.size());
    const Bytes taken = from.first(static_cast<size_t>(size));
    from = from.subspan(static_cast<size_t>(size));
    return taken;
}

Result<StoredRecord> take_record(Bytes& from, const BatchHeader& header) {
    PINFLOW_ASSIGN(const int64_t size, take_number(from));
    PINFLOW_ASSIGN(Bytes record, take_sized(from, size));
    if (record.empty()) return fail(Code::corrupt, "an empty record");
    StoredRecord stored;
    stored.attributes = record.front();
    record = record.subspan(1);
    PINFLOW_ASSIGN(stored.time_delta, take_number(record));
    PINFLOW_ASSIGN(stored.offset_delta, take_number(record));
    if (stored.offset_delta < 0 || stored.offset_delta > header.last_offset_delta)
        return fail(Code::corrupt, "a record's offset lies outside its batch");
    stored.rest = record;
    PINFLOW_ASSIGN(const int64_t key_size, take_number(record));
    if (key_size >= 0) {
        PINFLOW_ASSIGN(stored.key, take_sized(record, key_size));
    }
    PINFLOW_ASSIGN(const int64_t value_size, take_number(record));
    stored.has_value = value_size >= 0;
    return stored;
}

// Wraps rather than overflows: the fields are anybody's.
int64_t sum(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t difference(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

void put_record(const StoredRecord& record, int64_t time_delta, std::vector<std::byte>& into) {
    const size_t body = 1 + varint_size(time_delta) + varint_size(record.offset_delta) + record.rest.size();
    const size_t used = into.size();
    into.resize(used + body + 10);
    std::byte* at = put_varint(into.data() + used, static_cast<int64_t>(body));
    *at++ = record.attributes;
    at = put_varint(at, time_delta);
    at = put_varint(at, record.offset_delta);
    at = std::ranges::copy(record.rest, at).out;
    into.resize(static_cast<size_t>(at - into.data()));
}

constexpr size_t most_to_compress = 64u << 20;  // a small batch of zeros must not cost seconds
constexpr size_t attributes_at = 21;
constexpr size_t base_timestamp_at = 27;
constexpr size_t max_timestamp_at = 35;
constexpr size_t record_count_at = 57;

}  // namespace

Result<> StoredRecords::load(Bytes batch, const BatchHeader& header) {
    list.clear();
    Bytes records = batch.first(header.size()).subspan(batch_header_size);
    if (header.record_count > 0 && header.compression() != Compression::none) {
        PINFLOW_TRY(decompress(header.compression(), records, decompressed_));
        records = decompressed_;
    }
    for (int32_t i = 0; i < header.record_count; ++i) {
        PINFLOW_ASSIGN(StoredRecord record, take_record(records, header));
        list.push_back(record);
    }
    return {};
}

Result<> rewrite_batch(Bytes batch, std::span<const StoredRecord> records, std::optional<int64_t> horizon,
                       std::vector<std::byte>& into) {
    const BatchHeader header = BatchHeader::load(batch.data());
    const int64_t base_timestamp = horizon.value_or(header.base_timestamp);
    std::vector<std::byte> body;
    int64_t max_timestamp = header.max_timestamp;
    for (size_t i = 0; i < records.size(); ++i) {
        const int64_t timestamp = sum(header.base_timestamp, records[i].time_delta);
        if (!header.append_time()) max_timestamp = i == 0 ? timestamp : std::max(max_timestamp, timestamp);
        put_record(records[i], difference(timestamp, base_timestamp), body);
    }
    into.assign(batch.begin(), batch.begin() + batch_header_size);
    if (!records.empty() && header.compression() != Compression::none) {
        std::vector<std::byte> compressed;
        PINFLOW_TRY(compress(header.compression(), body, compressed));
        body = std::move(compressed);
    }
    into.insert(into.end(), body.begin(), body.end());
    int attributes = header.attributes;
    if (horizon) attributes |= delete_horizon_bit;
    if (records.empty()) attributes &= ~(7 | delete_horizon_bit);
    store_big_endian(into.data() + 8, static_cast<int32_t>(into.size() - batch_prefix_size));
    store_big_endian(into.data() + attributes_at, static_cast<int16_t>(attributes));
    store_big_endian(into.data() + base_timestamp_at, records.empty() ? int64_t{-1} : base_timestamp);
    store_big_endian(into.data() + max_timestamp_at, max_timestamp);
    store_big_endian(into.data() + record_count_at, static_cast<int32_t>(records.size()));
    seal_batch(into);
    return {};
}

Result<MutableBytes> in_codec_of(const Config& config, MutableBytes batch, std::vector<std::byte>& memory) {
    const BatchHeader header = BatchHeader::load(batch.data());
    if (!config.compression || *config.compression == header.compression()) return batch;
    Bytes records = batch.subspan(batch_header_size);
    std::vector<std::byte> plain, compressed;
    if (header.compression() != Compression::none) {
        const bool stays_plain = *config.compression == Compression::none;
        const size_t most = stays_plain ? static_cast<size_t>(config.max_message_bytes) : most_to_compress;
        PINFLOW_TRY(decompress(header.compression(), records, plain, most));
        records = plain;
    }
    if (*config.compression != Compression::none) {
        PINFLOW_TRY(compress(*config.compression, records, compressed));
        records = compressed;
    }
    const size_t size = batch_header_size + records.size();
    if (size > static_cast<size_t>(config.max_message_bytes))
        return fail(
            Code::too_large,
            "the record batch has {} bytes in the codec that compression.type asks for, max.message.bytes is {}", size,
            config.max_message_bytes);
    memory.assign(batch.begin(), batch.begin() + batch_header_size);
    memory.insert(memory.end(), records.begin(), records.end());
    const int attributes = (header.attributes & ~7) | static_cast<int>(*config.compression);
    store_big_endian(memory.data() + 8, static_cast<int32_t>(size - batch_prefix_size));
    store_big_endian(memory.data() + attributes_at, static_cast<int16_t>(attributes));
    seal_batch(memory);
    return MutableBytes(memory);
}

}  // namespace pinflow::log
