// What the transaction coordinator answers when it says no: Kafka's error codes, by their numbers
// (kafka.apache.org/protocol).
#pragma once
#include <cstdint>

namespace pinflow::broker {

enum class TransactionError : int16_t {
    unknown_server_error = -1,
    none = 0,
    coordinator_not_available = 15,  // come back later: stopping, or the state could not be stored
    invalid_request = 42,
    invalid_producer_epoch = 47,
    invalid_txn_state = 48,
    invalid_producer_id_mapping = 49,
    invalid_transaction_timeout = 50,
    concurrent_transactions = 51,  // the last one is still being finished: come back soon
    producer_fenced = 90,
};

}  // namespace pinflow::broker
