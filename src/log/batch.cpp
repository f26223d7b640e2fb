#include "log/batch.h"

#include <algorithm>

#include "base/crc32c.h"
#include "log/compression.h"
#include "log/varint.h"

namespace pinflow::log {
namespace {

constexpr size_t crc_position = 17;
constexpr size_t checked_from = 21;  // the CRC covers everything from the attributes on

// -1 stands for null, as in Kafka.
std::byte* put_bytes(std::byte* at, std::optional<Bytes> bytes) {
    if (!bytes) return put_varint(at, -1);
    at = put_varint(at, static_cast<int64_t>(bytes->size()));
    if (!bytes->empty()) std::memcpy(at, bytes->data(), bytes->size());
    return at + bytes->size();
}

size_t bytes_size(std::optional<Bytes> bytes) {
    return bytes ? varint_size(static_cast<int64_t>(bytes->size())) + bytes->size() : 1;
}

Result<int64_t> take_varint(Bytes& from) {
    int64_t value = 0;
    const size_t used = get_varint(from, value);
    if (used == 0) return fail(Code::corrupt, "a record ends inside a number");
    from = from.subspan(used);
    return value;
}

Result<std::optional<Bytes>> take_bytes(Bytes& from) {
    PINFLOW_ASSIGN(const int64_t size, take_varint(from));
    if (size == -1) return std::optional<Bytes>();
    if (size < 0 || static_cast<uint64_t>(size) > from.size())
        return fail(Code::corrupt, "a record names {} bytes where {} are left", size, from.size());
    const Bytes taken = from.first(static_cast<size_t>(size));
    from = from.subspan(static_cast<size_t>(size));
    return std::optional<Bytes>(taken);
}

// The fields behind a record's length; `from` is exactly the record.
Result<> parse_record(Bytes from, const BatchHeader& header, Record& into) {
    if (from.empty()) return fail(Code::corrupt, "an empty record");
    from = from.subspan(1);  // attributes: none are defined
    PINFLOW_ASSIGN(const int64_t time_delta, take_varint(from));
    PINFLOW_ASSIGN(const int64_t offset_delta, take_varint(from));
    if (offset_delta < 0 || offset_delta > header.last_offset_delta)
        return fail(Code::corrupt, "a record's offset lies outside its batch");
    PINFLOW_ASSIGN(into.key, take_bytes(from));
    PINFLOW_ASSIGN(into.value, take_bytes(from));
    PINFLOW_ASSIGN(const int64_t count, take_varint(from));
    if (count < 0 || static_cast<uint64_t>(count) > from.size())
        return fail(Code::corrupt, "a record names {} headers", count);
    into.header_count = static_cast<int32_t>(count);
    into.raw_headers = from;
    into.offset = header.base_offset + offset_delta;
    // Wraps rather than overflows: the fields are anybody's.
    into.timestamp_ms =
        header.append_time()
            ? header.max_timestamp
            : static_cast<int64_t>(static_cast<uint64_t>(header.base_timestamp) + static_cast<uint64_t>(time_delta));
    return {};
}

}  // namespace

BatchHeader BatchHeader::load(const std::byte* from) {
    BatchHeader header{};
    header.base_offset = load_big_endian<int64_t>(from);
    header.length = load_big_endian<int32_t>(from + 8);
    header.leader_epoch = load_big_endian<int32_t>(from + 12);
    header.magic = static_cast<int8_t>(from[16]);
    header.crc = load_big_endian<uint32_t>(from + crc_position);
    header.attributes = load_big_endian<int16_t>(from + checked_from);
    header.last_offset_delta = load_big_endian<int32_t>(from + 23);
    header.base_timestamp = load_big_endian<int64_t>(from + 27);
    header.max_timestamp = load_big_endian<int64_t>(from + 35);
    header.producer_id = load_big_endian<int64_t>(from + 43);
    header.producer_epoch = load_big_endian<int16_t>(from + 51);
    header.base_sequence = load_big_endian<int32_t>(from + 53);
    header.record_count = load_big_endian<int32_t>(from + 57);
    return header;
}

Result<> check_header(const BatchHeader& header) {
    if (header.magic != 2) return fail(Code::corrupt, "record batch with format {}; only 2 is known", header.magic);
    if (header.length < static_cast<int32_t>(batch_header_size - batch_prefix_size))
        return fail(Code::corrupt, "record batch with a length of {}", header.length);
    if (header.base_offset < 0 || header.last_offset_delta < 0 || header.record_count < 0 ||
        header.record_count > header.last_offset_delta + int64_t{1} ||
        header.base_offset > INT64_MAX - header.last_offset_delta)
        return fail(Code::corrupt, "record batch with impossible counts or offsets");
    if ((header.attributes & 7) > 4)
        return fail(Code::corrupt, "record batch with unknown compression {}", header.attributes & 7);
    return {};
}

Result<BatchHeader> check_batch(Bytes bytes) {
    if (bytes.size() < batch_header_size) return fail(Code::corrupt, "record batch shorter than its header");
    const BatchHeader header = BatchHeader::load(bytes.data());
    PINFLOW_TRY(check_header(header));
    if (header.size() > bytes.size())
        return fail(Code::corrupt, "record batch of {} bytes where {} are left", header.size(), bytes.size());
    const uint32_t crc = crc32c(bytes.subspan(checked_from, header.size() - checked_from));
    if (crc != header.crc)
        return fail(Code::corrupt, "record batch with checksum {:08x} where {:08x} is stored", crc, header.crc);
    return header;
}

void seal_batch(MutableBytes batch) {
    store_big_endian(batch.data() + crc_position, crc32c(batch.subspan(checked_from)));
}

void stamp_producer(MutableBytes batch, const ProducerStamp& stamp) {
    const auto attributes = load_big_endian<int16_t>(batch.data() + checked_from);
    store_big_endian(batch.data() + checked_from, static_cast<int16_t>(attributes | (stamp.transactional ? 16 : 0)));
    store_big_endian(batch.data() + 43, stamp.producer_id);
    store_big_endian(batch.data() + 51, stamp.epoch);
    store_big_endian(batch.data() + 53, stamp.base_sequence);
    seal_batch(batch);
}

void set_max_timestamp(MutableBytes batch, int64_t timestamp_ms) {
    store_big_endian(batch.data() + 35, timestamp_ms);
    seal_batch(batch);
}

std::byte* BatchBuilder::room_for(size_t more) {
    if (size_ + more > buffer_.size()) buffer_.resize(std::max(size_ + more, buffer_.size() * 2));
    return buffer_.data() + size_;
}

void BatchBuilder::reset() {
    size_ = batch_header_size;
    count_ = 0;
}

void BatchBuilder::add(int64_t timestamp_ms, std::optional<Bytes> key, std::optional<Bytes> value,
                       std::span<const RecordHeader> headers) {
    if (count_ == 0) base_timestamp_ = max_timestamp_ = timestamp_ms;
    max_timestamp_ = std::max(max_timestamp_, timestamp_ms);
    const int64_t time_delta = timestamp_ms - base_timestamp_;
    size_t body = 1 + varint_size(time_delta) + varint_size(count_) + bytes_size(key) + bytes_size(value) +
                  varint_size(static_cast<int64_t>(headers.size()));
    for (const RecordHeader& header : headers) body += bytes_size(as_bytes(header.key)) + bytes_size(header.value);

    std::byte* at = room_for(body + 10);
    const std::byte* begin = at;
    at = put_varint(at, static_cast<int64_t>(body));
    *at++ = std::byte{0};
    at = put_varint(at, time_delta);
    at = put_varint(at, count_);
    at = put_bytes(at, key);
    at = put_bytes(at, value);
    at = put_varint(at, static_cast<int64_t>(headers.size()));
    for (const RecordHeader& header : headers) {
        at = put_bytes(at, as_bytes(header.key));
        at = put_bytes(at, header.value);
    }
    size_ += static_cast<size_t>(at - begin);
    ++count_;
}

MutableBytes BatchBuilder::finish() {
    const MutableBytes batch = MutableBytes(buffer_).first(size_);
    std::byte* at = batch.data();
    store_big_endian<int64_t>(at, 0);
    store_big_endian(at + 8, static_cast<int32_t>(size_ - batch_prefix_size));
    store_big_endian<int32_t>(at + 12, 0);
    at[16] = std::byte{2};
    store_big_endian<int16_t>(at + checked_from, 0);
    store_big_endian<int32_t>(at + 23, count_ - 1);
    store_big_endian(at + 27, base_timestamp_);
    store_big_endian(at + 35, max_timestamp_);
    store_big_endian<int64_t>(at + 43, -1);  // no producer id, epoch, sequence
    store_big_endian<int16_t>(at + 51, -1);
    store_big_endian<int32_t>(at + 53, -1);
    store_big_endian(at + 57, count_);
    seal_batch(batch);
    return batch;
}

Result<RecordHeader> next_header(Bytes& raw_headers) {
    PINFLOW_ASSIGN(const std::optional<Bytes> key, take_bytes(raw_headers));
    if (!key) return fail(Code::corrupt, "a record header without a key");
    PINFLOW_ASSIGN(const std::optional<Bytes> value, take_bytes(raw_headers));
    return RecordHeader{as_text(*key), value};
}

Result<bool> RecordReader::enter_batch() {
    if (rest_.empty()) return false;
    if (rest_.size() < batch_header_size) return fail(Code::corrupt, "record batch shorter than its header");
    header_ = BatchHeader::load(rest_.data());
    PINFLOW_TRY(check_header(header_));
    if (header_.size() > rest_.size()) return fail(Code::corrupt, "record batch longer than what is left");
    records_ = rest_.subspan(batch_header_size, header_.size() - batch_header_size);
    rest_ = rest_.subspan(header_.size());
    left_ = header_.control() ? 0 : header_.record_count;
    if (left_ > 0 && header_.compression() != Compression::none) {
        PINFLOW_TRY(decompress(header_.compression(), records_, decompressed_));
        records_ = decompressed_;
    }
    return true;
}

Result<bool> RecordReader::next(Record& into) {
    while (left_ == 0) {
        PINFLOW_ASSIGN(const bool entered, enter_batch());
        if (!entered) return false;
    }
    const auto in_batch = [&](Error error) {
        rest_ = {};
        left_ = 0;
        return fail(std::move(error).within(fmt::format("batch at offset {}", header_.base_offset)));
    };
    auto record = take_bytes(records_);
    if (!record) return in_batch(std::move(record).error());
    if (!*record) return in_batch(Error{Code::corrupt, "a record without a length"});
    auto parsed = parse_record(**record, header_, into);
    if (!parsed) return in_batch(std::move(parsed).error());
    --left_;
    return true;
}

}  // namespace pinflow::log
