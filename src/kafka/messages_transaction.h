// Producer ids and transactions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct InitProducerIdRequest {
    static constexpr const Api& api = api::init_producer_id;

    std::optional<std::string_view> transactional_id;  // null: idempotent only
    int32_t transaction_timeout_ms = 0;
    int64_t producer_id = -1;  // -1, or the one to raise the epoch of
    int16_t producer_epoch = -1;

    static void fields(auto& io, auto& m) {
        io(m.transactional_id, m.transaction_timeout_ms);
        io.since(3, m.producer_id, m.producer_epoch);
    }
};

struct InitProducerIdResponse {
    static constexpr const Api& api = api::init_producer_id;

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    int64_t producer_id = -1;
    int16_t producer_epoch = 0;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.producer_id, m.producer_epoch); }
};

struct AddPartitionsToTxnRequest {
    static constexpr const Api& api = api::add_partitions_to_txn;

    struct Topic {
        std::string_view name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::string_view transactional_id;
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.transactional_id, m.producer_id, m.producer_epoch, m.topics); }
};

struct AddPartitionsToTxnResponse {
    static constexpr const Api& api = api::add_partitions_to_txn;

    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.index, m.error_code); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

struct AddOffsetsToTxnRequest {
    static constexpr const Api& api = api::add_offsets_to_txn;

    std::string_view transactional_id;
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    std::string_view group_id;

    static void fields(auto& io, auto& m) { io(m.transactional_id, m.producer_id, m.producer_epoch, m.group_id); }
};

struct AddOffsetsToTxnResponse {
    static constexpr const Api& api = api::add_offsets_to_txn;

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code); }
};

struct EndTxnRequest {
    static constexpr const Api& api = api::end_txn;

    std::string_view transactional_id;
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    bool committed = false;

    static void fields(auto& io, auto& m) { io(m.transactional_id, m.producer_id, m.producer_epoch, m.committed); }
};

struct EndTxnResponse {
    static constexpr const Api& api = api::end_txn;

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code); }
};

struct DescribeProducersRequest {
    static constexpr const Api& api = api::describe_producers;

    struct Topic {
        std::string_view name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.topics); }
};

struct DescribeProducersResponse {
    static constexpr const Api& api = api::describe_producers;

    struct Producer {
        int64_t producer_id = 0;
        int32_t producer_epoch = 0;
        int32_t last_sequence = -1;
        int64_t last_timestamp = -1;
        int32_t coordinator_epoch = 0;
        int64_t current_txn_start_offset = -1;

        static void fields(auto& io, auto& m) {
            io(m.producer_id, m.producer_epoch, m.last_sequence, m.last_timestamp, m.coordinator_epoch,
               m.current_txn_start_offset);
        }
    };
    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::vector<Producer> active_producers;

        static void fields(auto& io, auto& m) { io(m.index, m.error_code, m.error_message, m.active_producers); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

struct DescribeTransactionsRequest {
    static constexpr const Api& api = api::describe_transactions;

    std::vector<std::string_view> transactional_ids;

    static void fields(auto& io, auto& m) { io(m.transactional_ids); }
};

struct DescribeTransactionsResponse {
    static constexpr const Api& api = api::describe_transactions;

    struct Topic {
        std::string name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };
    struct Transaction {
        ErrorCode error_code = ErrorCode::none;
        std::string transactional_id;
        std::string state;
        int32_t transaction_timeout_ms = 0;
        int64_t transaction_start_time_ms = 0;
        int64_t producer_id = 0;
        int16_t producer_epoch = 0;
        std::vector<Topic> topics;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.transactional_id, m.state, m.transaction_timeout_ms, m.transaction_start_time_ms,
               m.producer_id, m.producer_epoch, m.topics);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Transaction> transactions;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.transactions); }
};

struct ListTransactionsRequest {
    static constexpr const Api& api = api::list_transactions;

    std::vector<std::string_view> state_filters;  // none: all
    std::vector<int64_t> producer_id_filters;
    int64_t duration_filter = -1;  // ms that it runs at least; -1: all

    static void fields(auto& io, auto& m) {
        io(m.state_filters, m.producer_id_filters);
        io.since(1, m.duration_filter);
    }
};

struct ListTransactionsResponse {
    static constexpr const Api& api = api::list_transactions;

    struct Transaction {
        std::string transactional_id;
        int64_t producer_id = 0;
        std::string state;

        static void fields(auto& io, auto& m) { io(m.transactional_id, m.producer_id, m.state); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<std::string> unknown_state_filters;
    std::vector<Transaction> transactions;

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms, m.error_code, m.unknown_state_filters, m.transactions);
    }
};

}  // namespace pinflow::kafka
