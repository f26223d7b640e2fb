// Kafka's record batch, format v2 (KIP-98): written, checked and walked. Source:
// kafka.apache.org/documentation/#recordbatch Layout, big-endian: base offset 8, length 4 (of all that follows), leader
// epoch 4, magic 1, CRC-32C 4 (of all that follows), attributes 2, last offset delta 4, base timestamp 8, max timestamp
// 8, producer id 8, producer epoch 2, base sequence 4, record count 4, records. Base offset and leader epoch lie
// outside the CRC, so a log may set them.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::log {

inline constexpr size_t batch_header_size = 61;
inline constexpr size_t batch_prefix_size = 12;  // base offset and length
inline constexpr int delete_horizon_bit = 64;    // of the attributes: base_timestamp is a delete horizon (KIP-534)

enum class Compression : uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

// The header's fields as stored. The caller has checked that batch_header_size bytes are there.
struct BatchHeader {
    int64_t base_offset;
    int32_t length;
    int32_t leader_epoch;
    int8_t magic;
    uint32_t crc;
    int16_t attributes;
    int32_t last_offset_delta;
    int64_t base_timestamp;
    int64_t max_timestamp;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t record_count;

    static BatchHeader load(const std::byte* from);
    size_t size() const { return batch_prefix_size + static_cast<size_t>(length); }
    int64_t last_offset() const { return base_offset + last_offset_delta; }
    Compression compression() const { return static_cast<Compression>(attributes & 7); }
    bool append_time() const { return (attributes & 8) != 0; }
    bool transactional() const { return (attributes & 16) != 0; }
    bool control() const { return (attributes & 32) != 0; }
    // When what compaction keeps for a while, tombstones and markers, may go. The records' times count from there.
    std::optional<int64_t> delete_horizon() const {
        return (attributes & delete_horizon_bit) != 0 ? std::optional(base_timestamp) : std::nullopt;
    }
    bool by_producer() const {
        return producer_id >= 0 || (attributes & 48) != 0;
    }  // with an id, or it should have one
};

// What must hold before the rest of a header is believed: magic, length, counts, known compression.
Result<> check_header(const BatchHeader& header);
// The whole batch that `bytes` starts with: header, length within `bytes`, CRC. For bytes from outside and from disk.
Result<BatchHeader> check_batch(Bytes bytes);
// Makes a batch that of a producer with an id, and sets its CRC.
struct ProducerStamp {
    int64_t producer_id = -1;
    int16_t epoch = 0;
    int32_t base_sequence = 0;
    bool transactional = false;
};
void stamp_producer(MutableBytes batch, const ProducerStamp& stamp);
void set_max_timestamp(MutableBytes batch, int64_t timestamp_ms);  // and the CRC
// Sets the CRC after the batch (all of `batch`) was changed.
void seal_batch(MutableBytes batch);

struct RecordHeader {
    std::string_view key;
    std::optional<Bytes> value;
};

// Collects records into one uncompressed batch. Reusable: no allocation once its buffer is warm. One thread.
class BatchBuilder {
  public:
    BatchBuilder() { reset(); }
    void add(int64_t timestamp_ms, std::optional<Bytes> key, std::optional<Bytes> value,
             std::span<const RecordHeader> headers = {});
    size_t record_count() const { return static_cast<size_t>(count_); }
    size_t size_bytes() const { return size_; }
    bool empty() const { return count_ == 0; }
    // The complete batch with base offset 0 and its CRC; valid until the next add() or reset(). Not when empty.
    MutableBytes finish();
    void reset();

  private:
    std::byte* room_for(size_t more);

    std::vector<std::byte> buffer_;  // grown as needed; only the first size_ bytes count
    size_t size_ = 0;
    int32_t count_ = 0;
    int64_t base_timestamp_ = 0;
    int64_t max_timestamp_ = 0;
};

struct Record {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<Bytes> key;
    std::optional<Bytes> value;
    Bytes raw_headers;  // header_count times: varint key length, key, varint value length (-1: null), value
    int32_t header_count = 0;
};

// One header from the front of `raw_headers`, which shrinks by it.
Result<RecordHeader> next_header(Bytes& raw_headers);

// Walks the records of consecutive batches, decompressing where needed; control batches are skipped. One thread.
// CRCs are not checked again: what Partition::read() gives has been checked, what comes from outside goes through
// check_batch() first. Lengths are never trusted.
class RecordReader {
  public:
    explicit RecordReader(Bytes batches) : rest_(batches) {}
    // False at the end. Views are valid until the call that enters another batch, and while `batches` lives.
    // Records that do not fit their lengths are an error (corrupt), which ends the walk.
    Result<bool> next(Record& into);
    // Of the batch that was entered last: none behind its last record, unless its header lies.
    size_t unread_bytes() const { return records_.size(); }

  private:
    Result<bool> enter_batch();

    Bytes rest_;     // batches not entered yet
    Bytes records_;  // what is left of the current batch
    BatchHeader header_{};
    int32_t left_ = 0;
    std::vector<std::byte> decompressed_;
};

}  // namespace pinflow::log
