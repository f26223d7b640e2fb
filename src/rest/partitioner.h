// Which partition a record goes to: Kafka's default rule for records with a key.
#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace pinflow::rest {

// org.apache.kafka.common.utils.Utils.murmur2
uint32_t murmur2(Bytes bytes);
int32_t partition_of_key(Bytes key, size_t partitions);

}  // namespace pinflow::rest
