// The bodies of PutRecord and PutRecords as the gateway's mapping templates understand them (docs/doors.md):
//   PutRecord   {"Data": any JSON, "PartitionKey": …}: Data is stored as its JSON text, a string with its quotes;
//               absent or null it is two quotes.
//   PutRecords  {"records":[{"data": …, "partition-key": …}]}: a string is stored as it is, anything else as JSON;
//               {"Records":[{"Data": …, "PartitionKey": …}]}: a string is base64, as in the native service.
#pragma once
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "kinesis/kinesis.h"
#include "net/http.h"

namespace pinflow::gateway {

// Reusable; views stay valid until the next parse. The error is the answer. Not thread-safe.
class PutBody {
  public:
    using Parsed = std::expected<void, net::Response>;

    Parsed parse_record(std::string_view body);
    Parsed parse_records(std::string_view body);

    std::string_view stream_name() const { return stream_name_; }  // empty if the body names none
    std::span<const kinesis::PutEntry> entries() const { return entries_; }

  private:
    enum class Strings { quoted, raw, base64 };  // how the data of a string is stored

    Parsed start(std::string_view body);
    Parsed read_entries(Strings strings);
    Parsed read_entry(Strings strings);
    Parsed read_member(kinesis::PutEntry& entry, std::string_view key, Strings strings);
    Parsed read_data(std::optional<std::string_view>& into, Strings strings);
    Parsed read_text(std::string_view& into);
    std::unexpected<net::Response> bad_json() const;

    JsonReader reader_;
    std::string_view stream_name_;
    std::vector<kinesis::PutEntry> entries_;
};

// "ShardCount" of a CreateStream body, which may be empty.
std::expected<std::optional<int64_t>, net::Response> shard_count_of(std::string_view body);

}  // namespace pinflow::gateway
