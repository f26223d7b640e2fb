// Records of a shard as GetRecords gives them: committed ones, from an offset on, up to a number and a size.
#pragma once
#include <cstdint>
#include <optional>

#include "broker/topics.h"
#include "kinesis/answer.h"
#include "kinesis/shard_tree.h"

namespace pinflow::kinesis {

struct ReadLimits {
    size_t records = 10'000;
    size_t bytes = size_t{10} << 20;      // of data and keys; one record at least
    size_t log_bytes = size_t{64} << 20;  // to go through, with all that is passed over; one piece at least
};

struct ReadResult {
    int64_t next_offset = 0;  // never below the offset asked for
    size_t records = 0;
    size_t bytes = 0;                     // of their data and keys
    std::optional<int64_t> last_time_ms;  // of the last record given
    bool at_end = false;                  // nothing more can be read now
};

inline constexpr size_t near_bytes = 256 << 10;  // of an answer on the thread that asked; one record at least

// Whether a read from there may have to wait for the disk, or takes long to write out.
bool is_far_behind(const log::Partition& partition, int64_t offset);
// Writes a list of records. What is behind an error in the log is not reached, what lies before it is given first.
ActionResult<ReadResult> read_records(const broker::Topic& topic, const Shard& shard, int64_t offset, ReadLimits limits,
                                      Answer& answer);

// A record's key as a partition key: 1 to 256 characters. Records that did not come through Kinesis may have others.
void write_partition_key(Answer& answer, const std::optional<Bytes>& key);

}  // namespace pinflow::kinesis
