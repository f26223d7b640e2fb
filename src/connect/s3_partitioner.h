// Which folder of its topic a record belongs to (Connect's "encoded partition"), and which time it has.
#pragma once
#include <string>

#include "base/json_text.h"
#include "connect/converter.h"
#include "connect/s3_config.h"

namespace pinflow::connect {

// What the task made of a record. Views live as long as the call they are given to.
struct Row {
    const log::Record& record;
    Value key;
    Value value;
    bool is_forgotten = false;  // it has its place, and leaves nothing there
};

class S3Partitioner {
  public:
    S3Partitioner(const S3Partitioning& how, std::string folder_delimiter)
        : how_(how), delimiter_(std::move(folder_delimiter)) {}

    // Of RecordField and Record; with the clock: `now_ms`.
    Accepted<int64_t> time_of(const Row& row, int64_t now_ms);
    // Valid until the next call. `time_ms`: only by_time looks at it.
    Accepted<std::string_view> encode(const Row& row, int32_t partition, int64_t time_ms);

  private:
    Accepted<> append_fields(const Value& value);
    Accepted<> append_field(const std::string& field);
    void append_time(int64_t time_ms);

    const S3Partitioning& how_;
    const std::string delimiter_;
    JsonReader reader_;
    std::string found_;
    std::string encoded_;
    int64_t bucket_ms_ = INT64_MIN;  // whose folder is bucket_
    std::string bucket_;
};

}  // namespace pinflow::connect
