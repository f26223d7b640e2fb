// What a producer may send as the records of a partition: one sound batch of format v2 that keeps the topic's rules.
#pragma once
#include <cstdint>
#include <expected>
#include <string>

#include "base/bytes.h"
#include "kafka/errors.h"
#include "log/config.h"

namespace pinflow::kafka {

struct BadRecords {
    ErrorCode code = ErrorCode::none;
    std::string message;
    int32_t record = -1;  // the one that breaks the rule, counted in its batch; -1: the batch as a whole
};

// `version` of Produce: what older ones may send, newer ones may not. Walks every record, decompressing where needed:
// what is wrong inside a batch must not reach a consumer. Producer ids and sequences are the log's to check.
std::expected<void, BadRecords> check_records(Bytes records, int16_t version, const log::Config& config);

}  // namespace pinflow::kafka
