// Groups as tools see them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct DescribeGroupsRequest {
    static constexpr const Api& api = api::describe_groups;

    std::vector<std::string_view> groups;
    bool include_authorized_operations = false;

    static void fields(auto& io, auto& m) {
        io(m.groups);
        io.since(3, m.include_authorized_operations);
    }
};

struct DescribeGroupsResponse {
    static constexpr const Api& api = api::describe_groups;

    struct Member {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        std::string client_id;
        std::string client_host;
        Blob member_metadata;
        Blob member_assignment;

        static void fields(auto& io, auto& m) {
            io(m.member_id);
            io.since(4, m.group_instance_id);
            io(m.client_id, m.client_host, m.member_metadata, m.member_assignment);
        }
    };
    struct Group {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::string group_id;
        std::string state;
        std::string protocol_type;
        std::string protocol_data;
        std::vector<Member> members;
        int32_t authorized_operations = no_operations;  // a bit each

        static void fields(auto& io, auto& m) {
            io(m.error_code);
            io.since(6, m.error_message);
            io(m.group_id, m.state, m.protocol_type, m.protocol_data, m.members);
            io.since(3, m.authorized_operations);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Group> groups;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io(m.groups);
    }
};

struct ListGroupsRequest {
    static constexpr const Api& api = api::list_groups;

    std::vector<std::string_view> states_filter;  // none: all
    std::vector<std::string_view> types_filter;

    static void fields(auto& io, auto& m) {
        io.since(4, m.states_filter);
        io.since(5, m.types_filter);
    }
};

struct ListGroupsResponse {
    static constexpr const Api& api = api::list_groups;

    struct Group {
        std::string group_id;
        std::string protocol_type;
        std::string state;
        std::string type;

        static void fields(auto& io, auto& m) {
            io(m.group_id, m.protocol_type);
            io.since(4, m.state);
            io.since(5, m.type);
        }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Group> groups;

    static void fields(auto& io, auto& m) {
        io.since(1, m.throttle_time_ms);
        io(m.error_code, m.groups);
    }
};

struct DeleteGroupsRequest {
    static constexpr const Api& api = api::delete_groups;

    std::vector<std::string_view> group_ids;

    static void fields(auto& io, auto& m) { io(m.group_ids); }
};

struct DeleteGroupsResponse {
    static constexpr const Api& api = api::delete_groups;

    struct Result {
        std::string group_id;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.group_id, m.error_code); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Result> results;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.results); }
};

}  // namespace pinflow::kafka
