// The group protocol of KIP-848, in which the broker assigns the partitions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct ConsumerGroupHeartbeatRequest {
    static constexpr const Api& api = api::consumer_group_heartbeat;

    struct TopicPartitions {
        Uuid topic_id;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.topic_id, m.partitions); }
    };

    std::string_view group_id;
    std::string_view member_id;
    int32_t member_epoch = 0;  // 0: join, -1: leave, -2: a static member leaves for a while
    std::optional<std::string_view> instance_id;
    std::optional<std::string_view> rack_id;
    int32_t rebalance_timeout_ms = -1;  // from here on: null or -1 if unchanged since the last heartbeat
    std::optional<std::vector<std::string_view>> subscribed_topic_names;
    std::optional<std::string_view> subscribed_topic_regex;
    std::optional<std::string_view> server_assignor;
    std::optional<std::vector<TopicPartitions>> topic_partitions;  // what the member has

    static void fields(auto& io, auto& m) {
        io(m.group_id, m.member_id, m.member_epoch, m.instance_id, m.rack_id, m.rebalance_timeout_ms,
           m.subscribed_topic_names);
        io.since(1, m.subscribed_topic_regex);
        io(m.server_assignor, m.topic_partitions);
    }
};

struct ConsumerGroupHeartbeatResponse {
    static constexpr const Api& api = api::consumer_group_heartbeat;

    struct TopicPartitions {
        Uuid topic_id;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.topic_id, m.partitions); }
    };
    struct Assignment {
        std::vector<TopicPartitions> topic_partitions;

        static void fields(auto& io, auto& m) { io(m.topic_partitions); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::optional<std::string> member_id;
    int32_t member_epoch = 0;
    int32_t heartbeat_interval_ms = 0;
    std::optional<Assignment> assignment;  // null: unchanged

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms, m.error_code, m.error_message, m.member_id, m.member_epoch, m.heartbeat_interval_ms,
           m.assignment);
    }
};

struct ConsumerGroupDescribeRequest {
    static constexpr const Api& api = api::consumer_group_describe;

    std::vector<std::string_view> group_ids;
    bool include_authorized_operations = false;

    static void fields(auto& io, auto& m) { io(m.group_ids, m.include_authorized_operations); }
};

struct ConsumerGroupDescribeResponse {
    static constexpr const Api& api = api::consumer_group_describe;

    struct TopicPartitions {
        Uuid topic_id;
        std::string topic_name;
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) { io(m.topic_id, m.topic_name, m.partitions); }
    };
    struct Assignment {
        std::vector<TopicPartitions> topic_partitions;

        static void fields(auto& io, auto& m) { io(m.topic_partitions); }
    };
    struct Member {
        std::string member_id;
        std::optional<std::string> instance_id;
        std::optional<std::string> rack_id;
        int32_t member_epoch = 0;
        std::string client_id;
        std::string client_host;
        std::vector<std::string> subscribed_topic_names;
        std::optional<std::string> subscribed_topic_regex;
        Assignment assignment;
        Assignment target_assignment;
        int8_t member_type = -1;  // -1: unknown, 0: of the classic protocol, 1: of this one

        static void fields(auto& io, auto& m) {
            io(m.member_id, m.instance_id, m.rack_id, m.member_epoch, m.client_id, m.client_host,
               m.subscribed_topic_names, m.subscribed_topic_regex, m.assignment, m.target_assignment);
            io.since(1, m.member_type);
        }
    };
    struct Group {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::string group_id;
        std::string state;
        int32_t group_epoch = 0;
        int32_t assignment_epoch = 0;
        std::string assignor_name;
        std::vector<Member> members;
        int32_t authorized_operations = no_operations;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.error_message, m.group_id, m.state, m.group_epoch, m.assignment_epoch, m.assignor_name,
               m.members, m.authorized_operations);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Group> groups;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.groups); }
};

}  // namespace pinflow::kafka
