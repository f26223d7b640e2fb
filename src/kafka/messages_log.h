// What tells about a partition's offsets and epochs, and what cuts it. Names are views also in the answers, which echo
// the request: its frame must live until the answer is encoded.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

struct ListOffsetsRequest {
    static constexpr const Api& api = api::list_offsets;

    struct Partition {
        int32_t index = 0;
        int32_t current_leader_epoch = -1;
        int64_t timestamp = 0;  // -1: end, -2: start, -3 (since 7): of the newest timestamp, -4 (since 8): local start

        static void fields(auto& io, auto& m) {
            io(m.index);
            io.since(4, m.current_leader_epoch);
            io(m.timestamp);
        }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t replica_id = 0;
    int8_t isolation_level = 0;
    std::vector<Topic> topics;
    int32_t timeout_ms = 0;

    static void fields(auto& io, auto& m) {
        io(m.replica_id);
        io.since(2, m.isolation_level);
        io(m.topics);
        io.since(10, m.timeout_ms);
    }
};

struct ListOffsetsResponse {
    static constexpr const Api& api = api::list_offsets;

    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        int64_t timestamp = -1;
        int64_t offset = -1;
        int32_t leader_epoch = -1;

        static void fields(auto& io, auto& m) {
            io(m.index, m.error_code, m.timestamp, m.offset);
            io.since(4, m.leader_epoch);
        }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io.since(2, m.throttle_time_ms);
        io(m.topics);
    }
};

struct OffsetForLeaderEpochRequest {
    static constexpr const Api& api = api::offset_for_leader_epoch;

    struct Partition {
        int32_t index = 0;
        int32_t current_leader_epoch = -1;
        int32_t leader_epoch = 0;

        static void fields(auto& io, auto& m) { io(m.index, m.current_leader_epoch, m.leader_epoch); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t replica_id = -2;  // -2: before version 3; -1: a consumer
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io.since(3, m.replica_id);
        io(m.topics);
    }
};

struct OffsetForLeaderEpochResponse {
    static constexpr const Api& api = api::offset_for_leader_epoch;

    struct Partition {
        ErrorCode error_code = ErrorCode::none;
        int32_t index = 0;
        int32_t leader_epoch = -1;
        int64_t end_offset = -1;

        static void fields(auto& io, auto& m) { io(m.error_code, m.index, m.leader_epoch, m.end_offset); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

struct DeleteRecordsRequest {
    static constexpr const Api& api = api::delete_records;

    struct Partition {
        int32_t index = 0;
        int64_t offset = 0;  // the first to keep; -1: the high watermark

        static void fields(auto& io, auto& m) { io(m.index, m.offset); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    std::vector<Topic> topics;
    int32_t timeout_ms = 0;

    static void fields(auto& io, auto& m) { io(m.topics, m.timeout_ms); }
};

struct DeleteRecordsResponse {
    static constexpr const Api& api = api::delete_records;

    struct Partition {
        int32_t index = 0;
        int64_t low_watermark = 0;  // the new start, -1 with an error
        ErrorCode error_code = ErrorCode::none;

        static void fields(auto& io, auto& m) { io(m.index, m.low_watermark, m.error_code); }
    };
    struct Topic {
        std::string_view name;
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) { io(m.name, m.partitions); }
    };

    int32_t throttle_time_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) { io(m.throttle_time_ms, m.topics); }
};

}  // namespace pinflow::kafka
