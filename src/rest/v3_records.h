// The records of a produce request of API v3, as they come: JSON objects behind each other,
//   {"partition_id":0,"headers":[{"name","value":base64}],"key":{"type","data"},"value":{"type","data"},"timestamp":…}
// all of it optional. Contract: docs/rest_v3.md.
#pragma once
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "broker/produce.h"
#include "rest/answers.h"
#include "rest/record_ends.h"

namespace pinflow::rest {

enum class V3Type : uint8_t { none, binary, json, string };
std::string_view name(V3Type type);  // "BINARY"

struct V3Record {
    broker::OutgoingRecord record;  // its partition is -1 where none is named
    V3Type key_type = V3Type::none;
    V3Type value_type = V3Type::none;
    std::optional<std::string> id;   // of an entry of a batch; else never there
    std::optional<Refusal> refusal;  // then nothing of this record is to be stored
};

// Of one request; for one thread. Reusable memory: nothing is allocated per sound record once warm, but for escapes in
// strings and base64 without padding.
class V3Records {
  public:
    struct Read {
        std::span<V3Record> records;      // those that are whole; valid until the next call
        size_t taken = 0;                 // bytes from the front, the records' and blanks
        std::optional<Refusal> broken{};  // what comes behind these records is no JSON: the end
    };
    // The records that `bytes` begins with, at most `most`. `bytes` goes on where the last call left it.
    Read read(std::string_view bytes, size_t most);
    // The entries of a batch, {"entries":[{"id", and as above}]}; a refusal of all of them, or one of an entry in it.
    std::expected<std::span<V3Record>, Refusal> read_batch(std::string_view body);

  private:
    struct Data;

    bool read_record();
    bool read_entries();
    bool read_member(V3Record& into, std::string_view key);
    bool read_data(V3Record& into, std::optional<Bytes>& bytes, V3Type& type);
    bool read_data_member(V3Record& into, Data& data, std::string_view key);
    bool read_headers(V3Record& into);
    bool read_header(V3Record& into);
    bool read_partition(V3Record& into);
    bool read_timestamp(V3Record& into);
    bool read_id(V3Record& into);
    bool skip_unknown(V3Record& into, std::string_view key);
    void share_headers();

    JsonReader reader_;
    RecordEnds ends_;
    bool has_ids_ = false;
    std::vector<V3Record> records_;
    std::vector<log::RecordHeader> headers_;  // of all records, in their order
    std::vector<size_t> header_ends_;         // of each record
};

}  // namespace pinflow::rest
