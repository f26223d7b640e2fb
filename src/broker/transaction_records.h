// What the topic __transaction_state holds: one record a transactional id, in Kafka's format (TransactionLogKey 0,
// TransactionLogValue 0; version 1 is read too). docs/transactions.md.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "broker/offsets_log.h"
#include "broker/offsets_records.h"

namespace pinflow::broker {

enum class TransactionState : int8_t {
    empty = 0,
    ongoing = 1,
    prepare_commit = 2,
    prepare_abort = 3,
    complete_commit = 4,
    complete_abort = 5,
    dead = 6,
};
std::string_view name(TransactionState state);  // "PrepareCommit"

struct TransactionRecord {
    ProducerRef producer;
    int32_t timeout_ms = 0;
    TransactionState state = TransactionState::empty;
    std::set<TopicPartition> partitions;  // that must get a marker
    int64_t last_update_ms = -1;
    int64_t start_ms = -1;  // -1: no transaction has begun
    bool operator==(const TransactionRecord&) const = default;
};

std::string encode_transaction_key(std::string_view transactional_id);
std::string encode_transaction_value(const TransactionRecord& record);
// corrupt: cannot be read.
Result<std::string> decode_transaction_key(Bytes bytes);
Result<TransactionRecord> decode_transaction_value(Bytes bytes);

}  // namespace pinflow::broker
