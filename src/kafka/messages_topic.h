// Topics and partitions as tools change them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct CreateTopicsRequest {
    static constexpr const Api& api = api::create_topics;

    struct Assignment {
        int32_t partition = 0;
        std::vector<int32_t> broker_ids;

        static void fields(auto& io, auto& m) { io(m.partition, m.broker_ids); }
    };
    struct Config {
        std::string_view name;
        std::optional<std::string_view> value;

        static void fields(auto& io, auto& m) { io(m.name, m.value); }
    };
    struct Topic {
        std::string_view name;
        int32_t num_partitions = 0;      // -1: the default (since 4), or given by assignments
        int16_t replication_factor = 0;  // -1: as above
        std::vector<Assignment> assignments;
        std::vector<Config> configs;

        static void fields(auto& io, auto& m) {
            io(m.name, m.num_partitions, m.replication_factor, m.assignments, m.configs);
        }
    };

    std::vector<Topic> topics;
    int32_t timeout_ms = 60000;
    bool validate_only = false;

    static void fields(auto& io, auto& m) { io(m.topics, m.timeout_ms, m.validate_only); }
};

struct CreateTopicsResponse {
    static constexpr const Api& api = api::create_topics;

    struct Config {
        std::string name;
        std::optional<std::string> value;
        bool read_only = false;
        int8_t config_source = -1;
        bool is_sensitive = false;

        static void fields(auto& io, auto& m) { io(m.name, m.value, m.read_only, m.config_source, m.is_sensitive); }
    };
    struct Topic {
        std::string name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        ErrorCode topic_config_error_code = ErrorCode::none;
        int32_t num_partitions = -1;
        int16_t replication_factor = -1;
        std::optional<std::vector<Config>> configs;  // null if they may not be seen

        static void fields(auto& io, auto& m) {
            io(m.name);
            io.since(7, m.topic_id);
            io(m.error_code, m.error_message);
            io.since(5, m.num_partitions, m.replication_factor, m.configs);
            io.tag(0, m.topic_config_error_code);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

struct DeleteTopicsRequest {
    static constexpr const Api& api = api::delete_topics;

    struct Topic {
        std::optional<std::string_view> name;  // null: by id
        Uuid topic_id;

        static void fields(auto& io, auto& m) { io(m.name, m.topic_id); }
    };

    std::vector<Topic> topics;                  // since 6
    std::vector<std::string_view> topic_names;  // until 5
    int32_t timeout_ms = 0;

    static void fields(auto& io, auto& m) {
        io.since(6, m.topics);
        io.until(5, m.topic_names);
        io(m.timeout_ms);
    }
};

struct DeleteTopicsResponse {
    static constexpr const Api& api = api::delete_topics;

    struct Topic {
        std::optional<std::string> name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) {
            io.nullable_since(6, m.name);
            io.since(6, m.topic_id);
            io(m.error_code);
            io.since(5, m.error_message);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

struct CreatePartitionsRequest {
    static constexpr const Api& api = api::create_partitions;

    struct Assignment {
        std::vector<int32_t> broker_ids;

        static void fields(auto& io, auto& m) { io(m.broker_ids); }
    };
    struct Topic {
        std::string_view name;
        int32_t count = 0;  // in all, not added ones
        std::optional<std::vector<Assignment>> assignments;

        static void fields(auto& io, auto& m) { io(m.name, m.count, m.assignments); }
    };

    std::vector<Topic> topics;
    int32_t timeout_ms = 0;
    bool validate_only = false;

    static void fields(auto& io, auto& m) { io(m.topics, m.timeout_ms, m.validate_only); }
};

struct CreatePartitionsResponse {
    static constexpr const Api& api = api::create_partitions;

    struct Topic {
        std::string name;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.name, m.error_code, m.error_message); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

}  // namespace pinflow::kafka
