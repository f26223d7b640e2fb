// Kafka's producer snapshot files (`%020d.snapshot`): the producers of a partition at an offset. Version (1) 2, CRC-32C
// of what follows 4, count 4, entries: producer id 8, epoch 2, last sequence 4, last offset 8, offset delta 4,
// timestamp 8, coordinator epoch 4, first offset of the open transaction (-1: none) 8. Kafka writes one entry a
// producer; we write one for each of the batches that are remembered, oldest first: Kafka takes the last one. An entry
// without a batch (last sequence -1) stands for a producer that has none, or before its batches says torn_before.
// Source: Kafka's ProducerStateManager.
#pragma once
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "log/producer_state.h"

namespace pinflow::log {

std::string write_producer_snapshot(const ProducerState& state);
// corrupt names what is wrong.
Result<ProducerState> read_producer_snapshot(Bytes bytes);

}  // namespace pinflow::log
