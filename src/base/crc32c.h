// CRC-32C (Castagnoli), the checksum of Kafka record batches; by the CPU's own instruction.
#pragma once
#include "base/bytes.h"

namespace pinflow {

// `crc` is the result for the bytes before these, 0 at the start.
uint32_t crc32c(Bytes bytes, uint32_t crc = 0);

}  // namespace pinflow
