// Settings of topics and brokers, and quotas.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct DescribeConfigsRequest {
    static constexpr const Api& api = api::describe_configs;

    struct Resource {
        int8_t resource_type = 0;  // 2: topic, 4: broker, 8: logger
        std::string_view resource_name;
        std::optional<std::vector<std::string_view>> configuration_keys;  // null: all

        static void fields(auto& io, auto& m) { io(m.resource_type, m.resource_name, m.configuration_keys); }
    };

    std::vector<Resource> resources;
    bool include_synonyms = false;
    bool include_documentation = false;

    static void fields(auto& io, auto& m) {
        io(m.resources, m.include_synonyms);
        io.since(3, m.include_documentation);
    }
};

struct DescribeConfigsResponse {
    static constexpr const Api& api = api::describe_configs;

    struct Synonym {
        std::string name;
        std::optional<std::string> value;
        int8_t source = 0;

        static void fields(auto& io, auto& m) { io(m.name, m.value, m.source); }
    };
    struct Config {
        std::string name;
        std::optional<std::string> value;  // null if sensitive
        bool read_only = false;
        int8_t config_source = -1;  // 1: topic, 2-4: broker (dynamic, dynamic default, static), 5: default
        bool is_sensitive = false;
        std::vector<Synonym> synonyms;
        int8_t config_type = 0;  // 1-9: boolean, string, int, short, long, double, list, class, password
        std::optional<std::string> documentation;

        static void fields(auto& io, auto& m) {
            io(m.name, m.value, m.read_only, m.config_source, m.is_sensitive, m.synonyms);
            io.since(3, m.config_type, m.documentation);
        }
    };
    struct Resource {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        int8_t resource_type = 0;
        std::string resource_name;
        std::vector<Config> configs;

        static void fields(auto& io, auto& m) {
            io(m.error_code, m.error_message, m.resource_type, m.resource_name, m.configs);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Resource> resources;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.resources); }
};

struct AlterConfigsRequest {
    static constexpr const Api& api = api::alter_configs;

    struct Config {
        std::string_view name;
        std::optional<std::string_view> value;

        static void fields(auto& io, auto& m) { io(m.name, m.value); }
    };
    struct Resource {
        int8_t resource_type = 0;
        std::string_view resource_name;
        std::vector<Config> configs;  // all of them: what is not named falls back to its default

        static void fields(auto& io, auto& m) { io(m.resource_type, m.resource_name, m.configs); }
    };

    std::vector<Resource> resources;
    bool validate_only = false;

    static void fields(auto& io, auto& m) { io(m.resources, m.validate_only); }
};

struct AlterConfigsResponse {
    static constexpr const Api& api = api::alter_configs;

    struct Resource {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        int8_t resource_type = 0;
        std::string resource_name;

        static void fields(auto& io, auto& m) { io(m.error_code, m.error_message, m.resource_type, m.resource_name); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Resource> resources;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.resources); }
};

struct IncrementalAlterConfigsRequest {
    static constexpr const Api& api = api::incremental_alter_configs;

    struct Config {
        std::string_view name;
        int8_t config_operation = 0;  // 0: set, 1: delete, 2: append, 3: subtract
        std::optional<std::string_view> value;

        static void fields(auto& io, auto& m) { io(m.name, m.config_operation, m.value); }
    };
    struct Resource {
        int8_t resource_type = 0;
        std::string_view resource_name;
        std::vector<Config> configs;

        static void fields(auto& io, auto& m) { io(m.resource_type, m.resource_name, m.configs); }
    };

    std::vector<Resource> resources;
    bool validate_only = false;

    static void fields(auto& io, auto& m) { io(m.resources, m.validate_only); }
};

struct IncrementalAlterConfigsResponse {
    static constexpr const Api& api = api::incremental_alter_configs;

    struct Resource {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        int8_t resource_type = 0;
        std::string resource_name;

        static void fields(auto& io, auto& m) { io(m.error_code, m.error_message, m.resource_type, m.resource_name); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Resource> resources;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.resources); }
};

struct DescribeClientQuotasRequest {
    static constexpr const Api& api = api::describe_client_quotas;

    struct Component {
        std::string_view entity_type;
        int8_t match_type = 0;  // 0: exact name, 1: default, 2: any
        std::optional<std::string_view> match;

        static void fields(auto& io, auto& m) { io(m.entity_type, m.match_type, m.match); }
    };

    std::vector<Component> components;
    bool strict = false;

    static void fields(auto& io, auto& m) { io(m.components, m.strict); }
};

struct DescribeClientQuotasResponse {
    static constexpr const Api& api = api::describe_client_quotas;

    struct Entity {
        std::string entity_type;
        std::optional<std::string> entity_name;

        static void fields(auto& io, auto& m) { io(m.entity_type, m.entity_name); }
    };
    struct Value {
        std::string key;
        double value = 0;

        static void fields(auto& io, auto& m) { io(m.key, m.value); }
    };
    struct Entry {
        std::vector<Entity> entity;
        std::vector<Value> values;

        static void fields(auto& io, auto& m) { io(m.entity, m.values); }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::optional<std::vector<Entry>> entries;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.error_code, m.error_message, m.entries); }
};

struct AlterClientQuotasRequest {
    static constexpr const Api& api = api::alter_client_quotas;

    struct Entity {
        std::string_view entity_type;                 // "user", "client-id", "ip"
        std::optional<std::string_view> entity_name;  // null: the default of all that have none of their own

        static void fields(auto& io, auto& m) { io(m.entity_type, m.entity_name); }
    };
    struct Operation {
        std::string_view key;
        double value = 0;
        bool remove = false;

        static void fields(auto& io, auto& m) { io(m.key, m.value, m.remove); }
    };
    struct Entry {
        std::vector<Entity> entity;
        std::vector<Operation> operations;

        static void fields(auto& io, auto& m) { io(m.entity, m.operations); }
    };

    std::vector<Entry> entries;
    bool validate_only = false;

    static void fields(auto& io, auto& m) { io(m.entries, m.validate_only); }
};

struct AlterClientQuotasResponse {
    static constexpr const Api& api = api::alter_client_quotas;

    struct Entity {
        std::string entity_type;
        std::optional<std::string> entity_name;

        static void fields(auto& io, auto& m) { io(m.entity_type, m.entity_name); }
    };
    struct Entry {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::vector<Entity> entity;

        static void fields(auto& io, auto& m) { io(m.error_code, m.error_message, m.entity); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Entry> entries;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.entries); }
};

}  // namespace pinflow::kafka
