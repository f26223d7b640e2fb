// Keys and values of __transaction_state with any bytes: an error or a record that is written the same way again.
#include <cstdlib>

#include "broker/transaction_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow;
    using namespace pinflow::broker;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (auto key = decode_transaction_key(bytes))
        if (*decode_transaction_key(as_bytes(encode_transaction_key(*key))) != *key) std::abort();
    if (auto value = decode_transaction_value(bytes); value && size < 32'768) {
        if (value->state == TransactionState::empty) value->partitions.clear();  // not written
        if (*decode_transaction_value(as_bytes(encode_transaction_value(*value))) != *value) std::abort();
    }
    return 0;
}
