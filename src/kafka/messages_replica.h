// What concerns where partitions lie.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct DescribeLogDirsRequest {
    static constexpr const Api& api = api::describe_log_dirs;

    struct Topic {
        std::string_view name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::optional<std::vector<Topic>> topics;  // null: all

    static void fields(auto& io, auto& m) { io(m.topics); }
};

struct DescribeLogDirsResponse {
    static constexpr const Api& api = api::describe_log_dirs;

    struct Partition {
        int32_t index = 0;
        int64_t partition_size = 0;
        int64_t offset_lag = 0;
        bool is_future_key = false;

        static void fields(auto& io, auto& m) { io(m.index, m.partition_size, m.offset_lag, m.is_future_key); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };
    struct LogDir {
        ErrorCode error_code = ErrorCode::none;
        std::string log_dir;
        std::vector<Topic> topics;
        int64_t total_bytes = -1;
        int64_t usable_bytes = -1;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.log_dir, m.topics);
            io.since(4, m.total_bytes, m.usable_bytes);
        }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<LogDir> log_dirs;

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms);
        io.since(3, m.error_code);
        io(m.log_dirs);
    }
};

struct ElectLeadersRequest {
    static constexpr const Api& api = api::elect_leaders;

    struct Topic {
        std::string_view name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int8_t election_type = 0;                            // 0: preferred, 1: unclean
    std::optional<std::vector<Topic>> topic_partitions;  // null: all
    int32_t timeout_ms = 60000;

    static void fields(auto& io, auto& m) {
        io.since(1, m.election_type);
        io(m.topic_partitions, m.timeout_ms);
    }
};

struct ElectLeadersResponse {
    static constexpr const Api& api = api::elect_leaders;

    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.index, m.error_code, m.error_message); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms);
        io.since(1, m.error_code);
        io(m.topics);
    }
};

struct ListPartitionReassignmentsRequest {
    static constexpr const Api& api = api::list_partition_reassignments;

    struct Topic {
        std::string_view name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t timeout_ms = 60000;
    std::optional<std::vector<Topic>> topics;  // null: all

    static void fields(auto& io, auto& m) { io(m.timeout_ms, m.topics); }
};

struct ListPartitionReassignmentsResponse {
    static constexpr const Api& api = api::list_partition_reassignments;

    struct Partition {
        int32_t index = 0;
        std::vector<int32_t> replicas;
        std::vector<int32_t> adding_replicas;
        std::vector<int32_t> removing_replicas;

        static void fields(auto& io, auto& m) { io(m.index, m.replicas, m.adding_replicas, m.removing_replicas); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.error_message, m.topics); }
};

struct AlterPartitionReassignmentsRequest {
    static constexpr const Api& api = api::alter_partition_reassignments;

    struct Partition {
        int32_t index = 0;
        std::optional<std::vector<int32_t>> replicas;  // null: cancel the one that is under way

        static void fields(auto& io, auto& m) { io(m.index, m.replicas); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t timeout_ms = 60000;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.timeout_ms, m.topics); }
};

struct AlterPartitionReassignmentsResponse {
    static constexpr const Api& api = api::alter_partition_reassignments;

    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.index, m.error_code, m.error_message); }
    };
    struct Topic {
        std::string name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.error_message, m.topics); }
};

}  // namespace pinflow::kafka
