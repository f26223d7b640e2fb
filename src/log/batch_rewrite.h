// The records of one batch as they are stored, and the batch rewritten: with fewer of them, for compaction, or in
// another codec, for compression.type. One thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "log/batch.h"
#include "log/config.h"

namespace pinflow::log {

struct StoredRecord {
    std::byte attributes{};
    int64_t time_delta = 0;
    int64_t offset_delta = 0;
    std::optional<Bytes> key;
    bool has_value = false;
    Bytes rest;  // key, value and headers, as they are stored
};

class StoredRecords {
  public:
    // Of a control batch too. Views are valid until the next call, and while `batch` lives. corrupt: lengths that lie.
    Result<> load(Bytes batch, const BatchHeader& header);
    std::vector<StoredRecord> list;

  private:
    std::vector<std::byte> decompressed_;
};

// The batch with these of its records, none perhaps, in its codec: offsets, timestamps and what is known of the
// producer stay. `horizon`: sets the delete horizon (KIP-534). Replaces `into`.
Result<> rewrite_batch(Bytes batch, std::span<const StoredRecord> records, std::optional<int64_t> horizon,
                       std::vector<std::byte>& into);

// `batch` if its codec is the topic's, else the same records compressed anew, in `memory`. The batch is sound;
// too_large if it is now larger than max.message.bytes allows.
Result<MutableBytes> in_codec_of(const Config& config, MutableBytes batch, std::vector<std::byte>& memory);

}  // namespace pinflow::log
