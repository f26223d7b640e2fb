#include "kafka/log_errors.h"

namespace pinflow::kafka {

ErrorCode append_code(const log::AppendError& error) {
    switch (error.refusal) {
        case log::Refusal::out_of_order_sequence:
            return ErrorCode::out_of_order_sequence_number;
        case log::Refusal::invalid_producer_epoch:
            return ErrorCode::invalid_producer_epoch;
        case log::Refusal::invalid_transaction_state:
            return ErrorCode::invalid_txn_state;
        case log::Refusal::coordinator_fenced:
            return ErrorCode::transaction_coordinator_fenced;
        case log::Refusal::invalid_record:
            return ErrorCode::invalid_record;
        case log::Refusal::sealed:  // docs/kinesis_shards.md says why this one
            return ErrorCode::policy_violation;
        case log::Refusal::none:
            break;
    }
    switch (error.code) {
        case Code::invalid:
        case Code::corrupt:
            return ErrorCode::corrupt_message;
        case Code::too_large:
            return ErrorCode::message_too_large;
        case Code::not_found:
            return ErrorCode::unknown_topic_or_partition;
        case Code::unavailable:
            return ErrorCode::not_enough_replicas;  // clients try again
        default:
            return ErrorCode::kafka_storage_error;
    }
}

ErrorCode ack_code(const Error& error) {
    switch (error.code) {
        case Code::not_found:
            return ErrorCode::unknown_topic_or_partition;
        case Code::unavailable:
            return ErrorCode::not_enough_replicas_after_append;
        default:
            return ErrorCode::kafka_storage_error;
    }
}

ErrorCode read_code(const Error& error) {
    switch (error.code) {
        case Code::out_of_range:
            return ErrorCode::offset_out_of_range;
        case Code::not_found:
            return ErrorCode::unknown_topic_or_partition;
        default:
            return ErrorCode::kafka_storage_error;
    }
}

}  // namespace pinflow::kafka
