// The HTTP requests of the original scripts, byte for byte in body and path.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "emulator/kind.h"

namespace pinflow::emulator {

enum class Door : uint8_t { rest, kinesis };

struct Post {
    std::string_view method;
    std::string url;
    std::string_view content_type;
    std::string body;
    Kind kind = Kind::pin;
    Door door = Door::rest;
    int64_t records = 1;
    std::string_view label = {};  // of a marked record; of static lifetime
};

class Requests {
  public:
    Requests(std::string base_url, std::string user_id);

    // POST {base}/topics/{id}.pin {"records": [{"value": {…}}]}
    Post rest(Kind kind, std::span<const std::string> json_rows) const;
    // PUT {base}/streams/streaming-{id}-pin/record {"StreamName": …, "Data": {…}, "PartitionKey": "partition-1"};
    // more than one row: …/records with the tutorial's "records", "data" and "partition-key".
    Post kinesis(Kind kind, std::span<const std::string> json_rows) const;

    // A marked record: its label is the record's key.
    Post marked_rest(Kind kind, std::string_view label, std::string_view json) const;
    Post marked_rest_binary(Kind kind, std::string_view label, std::string_view bytes) const;
    Post marked_kinesis(Kind kind, std::string_view label, std::string_view json) const;

  private:
    std::string topic_url(Kind kind) const;
    std::string stream_name(Kind kind) const;
    std::string stream_url(Kind kind) const;
    Post put_record(Kind kind, std::string_view json, std::string_view partition_key) const;

    std::string base_;  // without a slash at its end
    std::string id_;
};

}  // namespace pinflow::emulator
