// Records that a topic's log has no more, kept somewhere else: what a rebuild reads before the log's start
// (docs/rebuild.md, "What the log has no more"). Two adapters: objects of the S3 sink connector and raw Delta tables,
// both in src/importer.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::sink {

// A record of which the table or its quarantine has a row.
struct KnownRecord {
    int64_t offset = 0;
    int64_t time_ms = 0;
    bool is_unreadable = false;  // in the quarantine, as broken JSON

    bool operator==(const KnownRecord&) const = default;
};

struct KeyAndValue {
    std::optional<Bytes> key, value;
};

// Those of one partition. One thread.
class KnownRecords {
  public:
    virtual ~KnownRecords() = default;
    // Offsets from `from` to before `to`, ascending, each once. Valid until it is asked again.
    virtual Result<std::span<const KnownRecord>> between(int64_t from, int64_t to) = 0;
    // What the quarantine has of an unreadable one. Valid until it is asked again.
    virtual Result<KeyAndValue> unreadable(int64_t offset) = 0;
};

// Views are valid until the reader is asked for the next one.
struct RawRecord {
    int64_t offset = 0;
    int64_t time_ms = 0;
    KeyAndValue bytes = {};
    bool is_key_known = true;  // false: nobody kept keys
};

// One partition's records in the order of their offsets. One thread.
class RawReader {
  public:
    virtual ~RawReader() = default;
    // False at the end. unsupported, corrupt: there is a record that cannot be given, and all before it were.
    virtual Result<bool> next(RawRecord& record) = 0;
};

class RawHistory {
  public:
    virtual ~RawHistory() = default;
    virtual std::string where() const = 0;  // for people
    // Nothing: it has no record of the partition.
    virtual Result<std::optional<int64_t>> first_offset(const std::string& topic, int32_t partition) = 0;
    // All records from `from` to before `to`, where the log begins. `known` outlives the reader.
    virtual Result<std::unique_ptr<RawReader>> read(const std::string& topic, int32_t partition, int64_t from,
                                                    int64_t to, KnownRecords& known) = 0;
};

// not_found, unsupported: there is nothing to read at the location.
using OpenRawHistory = std::function<Result<std::unique_ptr<RawHistory>>(const std::string& location)>;

struct RawSources {
    OpenRawHistory open = {};  // none: nothing but the log can be read
    // A location that seems to have records of the topic; empty: none is known.
    std::function<std::string(const std::string& topic)> suggest = {};
};

}  // namespace pinflow::sink
