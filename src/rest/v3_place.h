// Where the records of a v3 request go: each one's partition, or why it cannot be stored.
#pragma once
#include <span>

#include "broker/topics.h"
#include "rest/v3_records.h"

namespace pinflow::rest {

// A partition is, in this order: the one that the record names, Kafka's hash of its key, `turn`; the last two choose
// among those that are not sealed. A record that names what is not there, or a time that its topic does not take, gets
// a refusal.
void place_records(std::span<V3Record> records, const broker::Topic& topic, uint32_t turn, int64_t now_ms);

}  // namespace pinflow::rest
