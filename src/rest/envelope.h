// The body of a produce request: {"records":[{"key":…,"value":…,"partition":n},…]}, read in one pass. JSON keys and
// values come out compact; binary ones are decoded from base64.
#pragma once
#include <expected>
#include <span>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "broker/produce.h"
#include "rest/answers.h"
#include "rest/media_type.h"

namespace pinflow::rest {

// Reusable: no allocation per record once warm (binary: one). Not thread-safe.
class Envelope {
  public:
    // The records, in order, with partition -1 where none is named. Valid until the next parse. Unknown fields are
    // refused (422), as Jackson does; the four schema fields are read and ignored.
    std::expected<std::span<broker::OutgoingRecord>, Refusal> parse(std::string_view body, Format format);

  private:
    using Checked = std::expected<void, Refusal>;

    Checked read_envelope(Format format);
    Checked read_records(Format format);
    Checked read_record(Format format);
    Checked read_data(std::optional<Bytes>& into, Format format);
    Checked read_partition(int32_t& into);
    std::unexpected<Refusal> not_json() const;

    JsonReader reader_;
    std::vector<broker::OutgoingRecord> records_;
};

}  // namespace pinflow::rest
