// Membership of groups.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct FindCoordinatorRequest {
    static constexpr const Api& api = api::find_coordinator;

    std::string_view key;
    int8_t key_type = 0;  // 0: group, 1: transaction
    std::vector<std::string_view> keys;

    static void fields(auto& io, auto& m) {
        io.until(3, m.key);
        io.since(1, m.key_type);
        io.since(4, m.keys);
    }
};

struct FindCoordinatorResponse {
    static constexpr const Api& api = api::find_coordinator;

    struct Coordinator {
        std::string key;
        int32_t node_id = 0;
        std::string host;
        int32_t port = 0;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.key, m.node_id, m.host, m.port, m.error_code, m.error_message); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    int32_t node_id = 0;
    std::string host;
    int32_t port = 0;
    std::vector<Coordinator> coordinators;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io.until(3, m.error_code);
        io.between(1, 3, m.error_message);
        io.until(3, m.node_id, m.host, m.port);
        io.since(4, m.coordinators);
    }
};

struct JoinGroupRequest {
    static constexpr const Api& api = api::join_group;

    struct Protocol {
        std::string_view name;
        Bytes metadata;

        static void fields(auto& io, auto& m) { io(m.name, m.metadata); }
    };

    std::string_view group_id;
    int32_t session_timeout_ms = 0;
    int32_t rebalance_timeout_ms = -1;  // -1 (version 0): the session timeout
    std::string_view member_id;         // empty: new
    std::optional<std::string_view> group_instance_id;
    std::string_view protocol_type;
    std::vector<Protocol> protocols;
    std::optional<std::string_view> reason;

    static void fields(auto& io, auto& m) {
        io(m.group_id, m.session_timeout_ms);
        io.since(1, m.rebalance_timeout_ms);
        io(m.member_id);
        io.since(5, m.group_instance_id);
        io(m.protocol_type, m.protocols);
        io.since(8, m.reason);
    }
};

struct JoinGroupResponse {
    static constexpr const Api& api = api::join_group;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        Blob metadata;

        static void fields(auto& io, auto& m) {
            io(m.member_id);
            io.since(5, m.group_instance_id);
            io(m.metadata);
        }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    int32_t generation_id = -1;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    std::string leader;
    bool skip_assignment = false;
    std::string member_id;
    std::vector<Member> members;  // for the leader only

    static void fields(auto& io, auto& m) {
        io.since(2, m.throttle_time_ms);
        io(m.error_code, m.generation_id);
        io.since(7, m.protocol_type);
        io.nullable_since(7, m.protocol_name);
        io(m.leader);
        io.since(9, m.skip_assignment);
        io(m.member_id, m.members);
    }
};

struct SyncGroupRequest {
    static constexpr const Api& api = api::sync_group;

    struct Assignment {
        std::string_view member_id;
        Bytes assignment;

        static void fields(auto& io, auto& m) { io(m.member_id, m.assignment); }
    };

    std::string_view group_id;
    int32_t generation_id = 0;
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::optional<std::string_view> protocol_type;
    std::optional<std::string_view> protocol_name;
    std::vector<Assignment> assignments;  // from the leader only

    static void fields(auto& io, auto& m) {
        io(m.group_id, m.generation_id, m.member_id);
        io.since(3, m.group_instance_id);
        io.since(5, m.protocol_type, m.protocol_name);
        io(m.assignments);
    }
};

struct SyncGroupResponse {
    static constexpr const Api& api = api::sync_group;

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    Blob assignment;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io(m.error_code);
        io.since(5, m.protocol_type, m.protocol_name);
        io(m.assignment);
    }
};

struct HeartbeatRequest {
    static constexpr const Api& api = api::heartbeat;

    std::string_view group_id;
    int32_t generation_id = 0;
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;

    static void fields(auto& io, auto& m) {
        io(m.group_id, m.generation_id, m.member_id);
        io.since(3, m.group_instance_id);
    }
};

struct HeartbeatResponse {
    static constexpr const Api& api = api::heartbeat;

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io(m.error_code);
    }
};

struct LeaveGroupRequest {
    static constexpr const Api& api = api::leave_group;

    struct Member {
        std::string_view member_id;
        std::optional<std::string_view> group_instance_id;
        std::optional<std::string_view> reason;

        static void fields(auto& io, auto& m) {
            io(m.member_id, m.group_instance_id);
            io.since(5, m.reason);
        }
    };

    std::string_view group_id;
    std::string_view member_id;  // until 2; then there are members
    std::vector<Member> members;

    static void fields(auto& io, auto& m) {
        io(m.group_id);
        io.until(2, m.member_id);
        io.since(3, m.members);
    }
};

struct LeaveGroupResponse {
    static constexpr const Api& api = api::leave_group;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.member_id, m.group_instance_id, m.error_code); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Member> members;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io(m.error_code);
        io.since(3, m.members);
    }
};

}  // namespace pinflow::kafka
