// The answer of a read: records of several partitions, taken from the log and written as JSON until they are enough.
// Waits for the disk: for workers. One thread at a time.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/offsets_records.h"
#include "log/batch.h"
#include "log/partition.h"
#include "rest/media_type.h"

namespace pinflow::rest {

struct ReadPart {
    broker::TopicPartition name;
    std::shared_ptr<log::Partition> partition;
    int64_t next = 0;  // offset of the record that is read next
};

class RecordsAnswer {
  public:
    explicit RecordsAnswer(Format format) : format_(format) {}

    // Adds what is there now, from the front of `parts` on; up to `most_bytes` of keys and values in all, and about
    // twice that of text. The first record is taken whatever its size: else a small limit would stop the client for
    // ever. `next` moves behind what was taken.
    void add(std::vector<ReadPart>& parts, size_t most_bytes);

    size_t records() const { return records_; }
    size_t bytes() const { return bytes_; }  // of keys and values
    size_t text_bytes() const { return text_.capacity(); }
    bool full() const { return full_; }
    // What stands at the front of a partition and cannot be handed out, or why it could not be read.
    const std::optional<std::string>& trouble() const { return trouble_; }
    std::string take();  // "[…]"; empty afterwards

  private:
    void add(ReadPart& part, size_t most_bytes);
    bool add_batches(ReadPart& part, Bytes batches, size_t most_bytes);
    bool add_record(const ReadPart& part, const log::Record& record, size_t most_bytes);
    bool add_data(const ReadPart& part, const log::Record& record, std::string_view name,
                  const std::optional<Bytes>& data);
    void fail(const ReadPart& part, std::string_view what);

    Format format_;
    std::string text_;
    size_t records_ = 0;
    size_t bytes_ = 0;
    bool full_ = false;
    std::optional<std::string> trouble_;
};

}  // namespace pinflow::rest
