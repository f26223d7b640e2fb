// Offsets that groups commit.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct OffsetCommitRequest {
    static constexpr const Api& api = api::offset_commit;

    struct Partition {
        int32_t index = 0;
        int64_t committed_offset = 0;
        int32_t committed_leader_epoch = -1;  // -1: unknown
        std::optional<std::string_view> metadata;

        static void fields(auto& io, auto& m) {
            io(m.index, m.committed_offset);
            io.since(6, m.committed_leader_epoch);
            io(m.metadata);
        }
    };
    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 10 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(9, m.name);
            io.since(10, m.topic_id);
            io(m.partitions);
        }
    };

    std::string_view group_id;
    int32_t generation_id = -1;  // -1: not a member
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    int64_t retention_time_ms = -1;  // -1: the default of the broker
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io(m.group_id, m.generation_id, m.member_id);
        io.since(7, m.group_instance_id);
        io.until(4, m.retention_time_ms);
        io(m.topics);
    }
};

struct OffsetCommitResponse {
    static constexpr const Api& api = api::offset_commit;

    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.index, m.error_code); }
    };
    struct Topic {
        std::string name;
        Uuid topic_id;  // since 10 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(9, m.name);
            io.since(10, m.topic_id);
            io(m.partitions);
        }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io.since(3, m.throttle_time_ms);
        io(m.topics);
    }
};

struct OffsetFetchRequest {
    static constexpr const Api& api = api::offset_fetch;

    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 10 instead of the name
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) {
            io.until(9, m.name);
            io.since(10, m.topic_id);
            io(m.partitions);
        }
    };
    struct Group {
        std::string_view group_id;
        std::optional<std::string_view> member_id;
        int32_t member_epoch = -1;
        std::optional<std::vector<Topic>> topics;  // null: all

        static void fields(auto& io, auto& m) {
            io(m.group_id);
            io.since(9, m.member_id, m.member_epoch);
            io(m.topics);
        }
    };

    std::string_view group_id;
    std::optional<std::vector<Topic>> topics;  // until 7; null (since 2): all
    std::vector<Group> groups;                 // since 8
    bool require_stable = false;               // no offsets that an open transaction may change

    static void fields(auto& io, auto& m) {
        if (io.version() <= 7) {
            io(m.group_id);
            io.nullable_since(2, m.topics);
        }
        io.since(8, m.groups);
        io.since(7, m.require_stable);
    }
};

struct OffsetFetchResponse {
    static constexpr const Api& api = api::offset_fetch;

    struct Partition {
        int32_t index = 0;
        int64_t committed_offset = 0;  // -1: none
        int32_t committed_leader_epoch = -1;
        std::optional<std::string> metadata;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) {
            io(m.index, m.committed_offset);
            io.since(5, m.committed_leader_epoch);
            io(m.metadata, m.error_code);
        }
    };
    struct Topic {
        std::string name;
        Uuid topic_id;  // since 10 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(9, m.name);
            io.since(10, m.topic_id);
            io(m.partitions);
        }
    };
    struct Group {
        std::string group_id;
        std::vector<Topic> topics;
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.group_id, m.topics, m.error_code); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Group> groups;

    static void fields(auto& io, auto& m) {
        io.since(3, m.throttle_time_ms);
        io.until(7, m.topics);
        io.between(2, 7, m.error_code);
        io.since(8, m.groups);
    }
};

struct OffsetDeleteRequest {
    static constexpr const Api& api = api::offset_delete;

    struct Partition {
        int32_t index = 0;

        static void fields(auto& io, auto& m) { io(m.index); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::string_view group_id;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.group_id, m.topics); }
};

struct OffsetDeleteResponse {
    static constexpr const Api& api = api::offset_delete;

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

    ErrorCode error_code = ErrorCode::none;
    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.error_code, m.throttle_time_ms, m.topics); }
};

struct TxnOffsetCommitRequest {
    static constexpr const Api& api = api::txn_offset_commit;

    struct Partition {
        int32_t index = 0;
        int64_t committed_offset = 0;
        int32_t committed_leader_epoch = -1;
        std::optional<std::string_view> metadata;

        static void fields(auto& io, auto& m) {
            io(m.index, m.committed_offset);
            io.since(2, m.committed_leader_epoch);
            io(m.metadata);
        }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::string_view transactional_id;
    std::string_view group_id;
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    int32_t generation_id = -1;  // -1: not a member
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io(m.transactional_id, m.group_id, m.producer_id, m.producer_epoch);
        io.since(3, m.generation_id, m.member_id, m.group_instance_id);
        io(m.topics);
    }
};

struct TxnOffsetCommitResponse {
    static constexpr const Api& api = api::txn_offset_commit;

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

}  // namespace pinflow::kafka
