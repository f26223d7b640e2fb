// What a producer may send as the records of a partition: one sound batch of format v2 that keeps the topic's rules.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "kafka/errors.h"
#include "log/config.h"

namespace pinflow::kafka {

struct BadRecords {
    ErrorCode code = ErrorCode::none;
    std::string message;
    std::vector<int32_t> records;  // that break the rule, counted in their batch; none: the batch as a whole does
};

// `version` of Produce: what older ones may send, newer ones may not. Walks every record, decompressing where needed:
// what is wrong inside a batch must not reach a consumer. Producer ids and sequences are the log's to check.
// A header whose maximal timestamp is not that of its records is put right in place: retention and search go by it.
std::expected<void, BadRecords> check_records(MutableBytes records, int16_t version, const log::Config& config,
                                              int64_t now_ms);

}  // namespace pinflow::kafka
