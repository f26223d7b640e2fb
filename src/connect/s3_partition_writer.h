// One partition's records on their way into objects: which object, and when the open ones end. Docs: connect_s3.md.
#pragma once
#include "base/clock.h"
#include "connect/s3_cuts.h"
#include "connect/s3_objects.h"
#include "connect/s3_partitioner.h"
#include "connect/s3_schemas.h"

namespace pinflow::connect {

// Objects of one partition that have ended, on their way into the store.
struct S3Ended {
    TopicPartition of;
    int64_t end = 0;                    // everything before this offset is in them or in earlier ones
    std::vector<S3Decision> decisions;  // to be kept before the first of them is written
    std::unique_ptr<S3Objects> objects;
};

class S3PartitionWriter {
  public:
    S3PartitionWriter(TopicPartition of, const S3Config& config, S3Decisions known,
                      std::function<std::unique_ptr<S3Objects>()> new_objects, int64_t now_ms);

    Accepted<> add(Row row, int64_t now_ms, std::vector<S3Ended>& ended);
    void pass(int64_t offset, std::vector<S3Ended>& ended);  // a record that goes into no object
    void tick(int64_t now_ms, std::vector<S3Ended>& ended);
    // Ends what is open. False: not yet, its records are still those of a run before.
    bool end_open(std::vector<S3Ended>& ended);
    Result<> spill() { return objects_->spill(); }

    bool has_open() const { return !objects_->empty(); }
    int64_t next_offset() const { return next_offset_; }  // behind the last record seen

  private:
    enum class By : uint8_t { records, clock, request };
    bool may_use_clock(int64_t offset) const { return offset >= known_.end; }
    int64_t clock_at(int64_t offset, int64_t now_ms) const;
    bool is_due(int64_t now_ms) const;
    bool is_due_by_records(std::string_view encoded, int64_t time_ms) const;
    void end(By by, std::vector<S3Ended>& ended);
    void end_by_clock(int64_t now_ms, std::vector<S3Ended>& ended);
    void end_known_cuts(int64_t offset, std::vector<S3Ended>& ended);
    void note_time(int64_t offset, std::string_view encoded, int64_t time_ms);
    Accepted<> append(const Row& row, std::string_view encoded);
    Accepted<> check_keys(std::string_view encoded, int64_t offset) const;

    const TopicPartition of_;
    const S3Config& config_;
    const bool folders_by_clock_;
    const bool interval_by_clock_;
    const bool by_clock_;  // some decisions are
    S3Decisions known_;
    std::function<std::unique_ptr<S3Objects>()> new_objects_;
    S3Partitioner partitioner_;
    std::unique_ptr<S3Objects> objects_;
    std::vector<S3Decision> decisions_;  // since the last end
    S3Schemas schemas_;
    std::array<std::string, 3> written_;  // the parts of one record

    int64_t next_offset_ = 0;
    int64_t records_ = 0;             // in all open objects
    std::optional<int64_t> base_ms_;  // the time of the first of them
    int64_t last_record_at_ms_ = 0;   // by the clock
    int64_t next_schedule_ms_ = INT64_MAX;
    std::string current_;  // encoded partition of the record before
    std::string clocked_;  // the last one that a `time` was kept for
};

}  // namespace pinflow::connect
