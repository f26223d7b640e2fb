// The four codecs of Kafka's record batches: a stored batch is decompressed when its records are read, and compressed
// again if compaction keeps only a part of them.
#pragma once
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "log/batch.h"

namespace pinflow::log {

// The records of a compressed batch. Snappy may be raw or in xerial's framing, lz4 is its frame format. too_large if
// the result would pass `limit` bytes: a small batch must not be able to fill the memory.
Result<> decompress(Compression codec, Bytes compressed, std::vector<std::byte>& into, size_t limit = 256u << 20);

// As the Kafka clients of the codec write it (snappy in xerial's framing). Replaces `into`.
Result<> compress(Compression codec, Bytes plain, std::vector<std::byte>& into);

}  // namespace pinflow::log
