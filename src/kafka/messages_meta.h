// What clients ask about the broker and its topics.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct ApiVersionsRequest {
    static constexpr const Api& api = api::api_versions;

    std::string_view client_software_name;
    std::string_view client_software_version;

    static void fields(auto& io, auto& m) { io.since(3, m.client_software_name, m.client_software_version); }
};

struct ApiVersionsResponse {
    static constexpr const Api& api = api::api_versions;

    struct ApiVersion {
        int16_t api_key = 0;
        int16_t min_version = 0;
        int16_t max_version = 0;

        static void fields(auto& io, auto& m) { io(m.api_key, m.min_version, m.max_version); }
    };
    struct SupportedFeature {
        std::string name;
        int16_t min_version = 0;
        int16_t max_version = 0;

        static void fields(auto& io, auto& m) { io(m.name, m.min_version, m.max_version); }
        bool operator==(const SupportedFeature&) const = default;
    };
    struct FinalizedFeature {
        std::string name;
        int16_t max_version_level = 0;
        int16_t min_version_level = 0;

        static void fields(auto& io, auto& m) { io(m.name, m.max_version_level, m.min_version_level); }
        bool operator==(const FinalizedFeature&) const = default;
    };

    ErrorCode error_code = ErrorCode::none;
    std::vector<ApiVersion> apis;
    int32_t throttle_time_ms = 0;
    std::vector<SupportedFeature> supported_features;
    int64_t finalized_features_epoch = -1;  // -1: unknown
    std::vector<FinalizedFeature> finalized_features;
    bool zk_migration_ready = false;

    static void fields(auto& io, auto& m) {
        io(m.error_code, m.apis);
        io.since(1, m.throttle_time_ms);
        io.tag(0, m.supported_features);
        io.tag(1, m.finalized_features_epoch, -1);
        io.tag(2, m.finalized_features);
        io.tag(3, m.zk_migration_ready);
    }
};

struct MetadataRequest {
    static constexpr const Api& api = api::metadata;

    struct Topic {
        Uuid topic_id;
        std::optional<std::string_view> name;

        static void fields(auto& io, auto& m) {
            io.since(10, m.topic_id);
            io.nullable_since(10, m.name);
        }
    };

    std::optional<std::vector<Topic>> topics;  // null: all; in version 0, where null is not possible, none means all
    bool allow_auto_topic_creation = true;
    bool include_cluster_authorized_operations = false;
    bool include_topic_authorized_operations = false;

    static void fields(auto& io, auto& m) {
        io.nullable_since(1, m.topics);
        io.since(4, m.allow_auto_topic_creation);
        io.between(8, 10, m.include_cluster_authorized_operations);
        io.since(8, m.include_topic_authorized_operations);
    }
};

struct MetadataResponse {
    static constexpr const Api& api = api::metadata;

    struct Broker {
        int32_t node_id = 0;
        std::string host;
        int32_t port = 0;
        std::optional<std::string> rack;

        static void fields(auto& io, auto& m) {
            io(m.node_id, m.host, m.port);
            io.since(1, m.rack);
        }
    };
    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        int32_t index = 0;
        int32_t leader_id = 0;
        int32_t leader_epoch = -1;
        std::vector<int32_t> replica_nodes;
        std::vector<int32_t> isr_nodes;
        std::vector<int32_t> offline_replicas;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.index, m.leader_id);
            io.since(7, m.leader_epoch);
            io(m.replica_nodes, m.isr_nodes);
            io.since(5, m.offline_replicas);
        }
    };
    struct Topic {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;  // null (since 12) for a topic id that is unknown
        Uuid topic_id;
        bool is_internal = false;
        std::vector<Partition> partitions;
        int32_t topic_authorized_operations = no_operations;

        static void fields(auto& io, auto& m) {
            io(m.error_code);
            io.nullable_since(12, m.name);
            io.since(10, m.topic_id);
            io.since(1, m.is_internal);
            io(m.partitions);
            io.since(8, m.topic_authorized_operations);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Broker> brokers;
    std::optional<std::string> cluster_id;
    int32_t controller_id = -1;  // -1: none
    std::vector<Topic> topics;
    int32_t cluster_authorized_operations = no_operations;
    ErrorCode error_code = ErrorCode::none;

    static void fields(auto& io, auto& m) {
        io.since(3, m.throttle_time_ms);
        io(m.brokers);
        io.since(2, m.cluster_id);
        io.since(1, m.controller_id);
        io(m.topics);
        io.between(8, 10, m.cluster_authorized_operations);
        io.since(13, m.error_code);
    }
};

struct DescribeClusterRequest {
    static constexpr const Api& api = api::describe_cluster;

    bool include_cluster_authorized_operations = false;
    int8_t endpoint_type = 1;  // 1: brokers, 2: controllers
    bool include_fenced_brokers = false;

    static void fields(auto& io, auto& m) {
        io(m.include_cluster_authorized_operations);
        io.since(1, m.endpoint_type);
        io.since(2, m.include_fenced_brokers);
    }
};

struct DescribeClusterResponse {
    static constexpr const Api& api = api::describe_cluster;

    struct Broker {
        int32_t broker_id = 0;
        std::string host;
        int32_t port = 0;
        std::optional<std::string> rack;
        bool is_fenced = false;

        static void fields(auto& io, auto& m) {
            io(m.broker_id, m.host, m.port, m.rack);
            io.since(2, m.is_fenced);
        }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    int8_t endpoint_type = 1;
    std::string cluster_id;
    int32_t controller_id = -1;
    std::vector<Broker> brokers;
    int32_t cluster_authorized_operations = no_operations;

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms, m.error_code, m.error_message);
        io.since(1, m.endpoint_type);
        io(m.cluster_id, m.controller_id, m.brokers, m.cluster_authorized_operations);
    }
};

struct DescribeTopicPartitionsRequest {
    static constexpr const Api& api = api::describe_topic_partitions;

    struct Topic {
        std::string_view name;

        static void fields(auto& io, auto& m) { io(m.name); }
    };
    struct Cursor {
        std::string_view topic_name;
        int32_t partition = 0;

        static void fields(auto& io, auto& m) { io(m.topic_name, m.partition); }
    };

    std::vector<Topic> topics;
    int32_t response_partition_limit = 2000;
    std::optional<Cursor> cursor;  // where to go on; null: from the start

    static void fields(auto& io, auto& m) { io(m.topics, m.response_partition_limit, m.cursor); }
};

struct DescribeTopicPartitionsResponse {
    static constexpr const Api& api = api::describe_topic_partitions;

    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        int32_t index = 0;
        int32_t leader_id = 0;
        int32_t leader_epoch = -1;
        std::vector<int32_t> replica_nodes;
        std::vector<int32_t> isr_nodes;
        std::optional<std::vector<int32_t>> eligible_leader_replicas;
        std::optional<std::vector<int32_t>> last_known_elr;
        std::vector<int32_t> offline_replicas;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.index, m.leader_id, m.leader_epoch, m.replica_nodes, m.isr_nodes,
               m.eligible_leader_replicas, m.last_known_elr, m.offline_replicas);
        }
    };
    struct Topic {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;
        Uuid topic_id;
        bool is_internal = false;
        std::vector<Partition> partitions;
        int32_t topic_authorized_operations = no_operations;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.name, m.topic_id, m.is_internal, m.partitions, m.topic_authorized_operations);
        }
    };
    struct Cursor {
        std::string topic_name;
        int32_t partition = 0;

        static void fields(auto& io, auto& m) { io(m.topic_name, m.partition); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;
    std::optional<Cursor> next_cursor;  // null: that was all

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics, m.next_cursor); }
};

}  // namespace pinflow::kafka
