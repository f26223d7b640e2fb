// Records on their way into a topic: what a request at a door has become. Shared by the doors that take single records
// (REST, Kinesis); Kafka clients bring whole batches.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "broker/topics.h"
#include "log/batch.h"

namespace pinflow::broker {

struct OutgoingRecord {
    std::optional<Bytes> key;
    std::optional<Bytes> value;
    int32_t partition = -1;     // chosen before produce(): within the topic's partitions
    int64_t timestamp_ms = -1;  // its own; -1: when produce() is called
    std::span<const log::RecordHeader> headers = {};
    std::optional<Bytes> chosen_by = {};  // what the partition follows from, if not from the key; it is not stored
};

// What became of each record, in the order they were given.
class Produced {
  public:
    struct Outcome {
        int32_t partition = 0;
        int64_t offset = 0;
        int64_t append_time_ms = 0;    // the record's timestamp, as whoever reads it sees it
        const Error* error = nullptr;  // not null: the record was not stored, or nobody can say so
    };

    size_t size() const { return places_.size(); }
    Outcome operator[](size_t record) const;
    // Of all records: the first error, or null.
    const Error* first_error() const;
    // What ChooseAgain said last; null: no record came too late.
    const TopicPtr& chosen_again() const { return chosen_again_; }
    // So many records of which none was stored.
    static Produced none(size_t count, Error error);

  private:
    friend class Producing;
    struct Batch {
        std::shared_ptr<log::Partition> partition;
        log::Appended appended;
        Result<> result;
        bool late = false;         // not appended: the partition is sealed
        bool append_time = false;  // the topic says what time its records have
    };
    struct Place {
        uint32_t batch;
        uint32_t index;  // in the batch
    };
    std::vector<Batch> batches_;
    std::vector<Place> places_;
    std::vector<int64_t> times_;  // of the records, if one has its own
    TopicPtr chosen_again_;
};

// Records that came too late: their partition has been sealed since it was chosen.
struct Late {
    uint32_t record;
    int32_t partition = -1;  // the one to go to instead, to be filled in
};
// Chooses again, and says of what topic the partitions are; null: nothing can be done, the seal is the records' error.
using ChooseAgain =
    std::function<TopicPtr(const Uuid& topic, std::span<const OutgoingRecord> records, std::span<Late> late)>;

// Appends the records, one batch a partition (more where max.message.bytes demands it), and calls `done` once, when
// every batch has been acked as its partition promises or has failed: on a log thread or at once, so it must be short.
// The records and what they view need to live only until produce() returns, and so does `choose_again`, without which
// late records fail. Records for one partition stay in their order, also when they are late. Does not block.
void produce(const Topic& topic, std::span<const OutgoingRecord> records, int64_t now_ms,
             std::move_only_function<void(Produced)> done, const ChooseAgain& choose_again = {});

}  // namespace pinflow::broker
