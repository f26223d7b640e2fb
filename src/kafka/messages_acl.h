// Access control lists.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct DescribeAclsRequest {
    static constexpr const Api& api = api::describe_acls;

    int8_t resource_type_filter = 0;
    std::optional<std::string_view> resource_name_filter;
    int8_t pattern_type_filter = 3;  // 1: any, 2: match, 3: literal, 4: prefixed
    std::optional<std::string_view> principal_filter;
    std::optional<std::string_view> host_filter;
    int8_t operation = 0;
    int8_t permission_type = 0;

    static void fields(auto& io, auto& m) {
        io(m.resource_type_filter, m.resource_name_filter, m.pattern_type_filter, m.principal_filter, m.host_filter,
           m.operation, m.permission_type);
    }
};

struct DescribeAclsResponse {
    static constexpr const Api& api = api::describe_acls;

    struct Acl {
        std::string principal;
        std::string host;
        int8_t operation = 0;
        int8_t permission_type = 0;

        static void fields(auto& io, auto& m) { io(m.principal, m.host, m.operation, m.permission_type); }
    };
    struct Resource {
        int8_t resource_type = 0;
        std::string resource_name;
        int8_t pattern_type = 3;
        std::vector<Acl> acls;

        static void fields(auto& io, auto& m) { io(m.resource_type, m.resource_name, m.pattern_type, m.acls); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::vector<Resource> resources;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.error_message, m.resources); }
};

struct CreateAclsRequest {
    static constexpr const Api& api = api::create_acls;

    struct Acl {
        int8_t resource_type = 0;
        std::string_view resource_name;
        int8_t resource_pattern_type = 3;
        std::string_view principal;
        std::string_view host;
        int8_t operation = 0;
        int8_t permission_type = 0;

        static void fields(auto& io, auto& m) {
            io(m.resource_type, m.resource_name, m.resource_pattern_type, m.principal, m.host, m.operation,
               m.permission_type);
        }
    };

    std::vector<Acl> creations;

    static void fields(auto& io, auto& m) { io(m.creations); }
};

struct CreateAclsResponse {
    static constexpr const Api& api = api::create_acls;

    struct Result {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        static void fields(auto& io, auto& m) { io(m.error_code, m.error_message); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Result> results;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.results); }
};

struct DeleteAclsRequest {
    static constexpr const Api& api = api::delete_acls;

    struct Filter {
        int8_t resource_type_filter = 0;
        std::optional<std::string_view> resource_name_filter;
        int8_t pattern_type_filter = 3;
        std::optional<std::string_view> principal_filter;
        std::optional<std::string_view> host_filter;
        int8_t operation = 0;
        int8_t permission_type = 0;

        static void fields(auto& io, auto& m) {
            io(m.resource_type_filter, m.resource_name_filter, m.pattern_type_filter, m.principal_filter, m.host_filter,
               m.operation, m.permission_type);
        }
    };

    std::vector<Filter> filters;

    static void fields(auto& io, auto& m) { io(m.filters); }
};

struct DeleteAclsResponse {
    static constexpr const Api& api = api::delete_acls;

    struct Acl {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        int8_t resource_type = 0;
        std::string resource_name;
        int8_t pattern_type = 3;
        std::string principal;
        std::string host;
        int8_t operation = 0;
        int8_t permission_type = 0;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.error_message, m.resource_type, m.resource_name, m.pattern_type, m.principal, m.host,
               m.operation, m.permission_type);
        }
    };
    struct FilterResult {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::vector<Acl> matching_acls;

        static void fields(auto& io, auto& m) { io(m.error_code, m.error_message, m.matching_acls); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<FilterResult> filter_results;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.filter_results); }
};

}  // namespace pinflow::kafka
