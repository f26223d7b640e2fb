// Aggregated records, as the Kinesis Producer Library puts them: F3 89 9A C2, a Protobuf message, the MD5 of it.
//   message AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
//                              repeated Record records = 3; }
//   message Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
//                    required bytes data = 3; repeated Tag tags = 4; }
// Fields of other numbers are passed over. What is taken apart here and why: docs/kinesis_fanout.md.
#pragma once
#include <vector>

#include "base/bytes.h"

namespace pinflow::sink {

struct UserRecord {
    Bytes partition_key;
    Bytes data;
};

// The user records of a value; empty if it is no sound aggregate. Views of `value`. Reusable; for one thread.
class Aggregate {
  public:
    // Cheap for all that do not begin as an aggregate does.
    const std::vector<UserRecord>& read(Bytes value);

  private:
    bool read_message(Bytes message);
    bool read_record(Bytes message);

    std::vector<Bytes> keys_, hash_keys_;
    std::vector<UserRecord> records_;
};

}  // namespace pinflow::sink
