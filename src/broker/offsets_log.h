// The topic __consumer_offsets as a group coordinator uses it: batches of keys and values appended to the partition a
// group belongs to, their outcomes told in the order of the log, and everything read back at a start.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/offsets_records.h"
#include "broker/topics.h"
#include "log/batch.h"
#include "log/control_batch.h"
#include "log/partition.h"

namespace pinflow::broker {

inline constexpr const char* offsets_topic = "__consumer_offsets";

struct ProducerRef {
    int64_t id = -1;
    int16_t epoch = -1;
    bool operator==(const ProducerRef&) const = default;
};

// One batch to be written. A value that is nothing is a tombstone.
struct OffsetsBatch {
    std::vector<std::pair<std::string, std::optional<std::string>>> records;
    std::optional<ProducerRef> producer;  // a transaction's
    std::optional<log::Marker> marker;    // the end of the transaction, instead of records
};

// What a start finds: one record or the end of a transaction, in the order of the log.
struct OffsetsReplay {
    int32_t partition = 0;
    int64_t log_offset = 0;
    std::optional<int64_t> producer_id;              // of a transaction
    std::optional<log::MarkerType> transaction_end;  // then there is no key
    OffsetsKey key;
    std::optional<Bytes> value;  // nothing: a tombstone
};

// Not thread-safe, but for create(), which may be called at any time.
class OffsetsLog {
  public:
    explicit OffsetsLog(Topics& topics) : topics_(topics) {}

    // Opens the topic if it exists; true if it does.
    bool open();
    // Makes it: cleanup.policy=compact, Kafka's own settings for it otherwise. Writes to disk.
    Result<> create(int32_t partitions);
    // Calls `replay` with everything that is kept. What cannot be decoded is reported and passed over.
    Result<> read(const std::function<void(const OffsetsReplay&)>& replay) const;

    size_t partition_count() const { return partitions_.size(); }
    int32_t partition_of(std::string_view group) const;
    const std::shared_ptr<log::Partition>& partition(int32_t index) const;
    // conflict: the producer was fenced.
    Result<log::Appended> append(int32_t partition, const OffsetsBatch& batch, int64_t now_ms);

  private:
    Result<> read_partition(int32_t index, const std::function<void(const OffsetsReplay&)>& replay) const;

    Topics& topics_;
    std::vector<std::shared_ptr<log::Partition>> partitions_;
    log::BatchBuilder builder_;
};

// Kafka's: Java's String.hashCode() without its sign, modulo the number of partitions.
int32_t partition_of_group(std::string_view group, int32_t partitions);

}  // namespace pinflow::broker
