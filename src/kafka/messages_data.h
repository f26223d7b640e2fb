// Produce and Fetch. Names are views also in the answers, which echo the request: its frame must live until the answer
// is encoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/api.h"
#include "kafka/errors.h"
#include "kafka/types.h"

namespace pinflow::kafka {

// A broker, where an answer tells of a leader that the client may not know.
struct Node {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;

    static void fields(auto& io, auto& m) { io(m.node_id, m.host, m.port, m.rack); }
    bool operator==(const Node&) const = default;
};

struct ProduceRequest {
    static constexpr const Api& api = api::produce;

    struct Partition {
        int32_t index = 0;
        std::optional<Bytes> records;  // whole batches; before version 3 it may be message sets

        static void fields(auto& io, auto& m) { io(m.index, m.records); }
    };
    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 13 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(12, m.name);
            io.since(13, m.topic_id);
            io(m.partitions);
        }
    };

    std::optional<std::string_view> transactional_id;
    int16_t acks = 0;  // -1: all, that is durable; 1: written; 0: no answer
    int32_t timeout_ms = 0;
    std::vector<Topic> topics;

    static void fields(auto& io, auto& m) {
        io.since(3, m.transactional_id);
        io(m.acks, m.timeout_ms, m.topics);
    }
};

struct ProduceResponse {
    static constexpr const Api& api = api::produce;

    struct RecordError {
        int32_t batch_index = 0;  // the record, counted in its batch
        std::optional<std::string_view> message;

        static void fields(auto& io, auto& m) { io(m.batch_index, m.message); }
    };
    struct Leader {
        int32_t leader_id = -1;
        int32_t leader_epoch = -1;

        static void fields(auto& io, auto& m) { io(m.leader_id, m.leader_epoch); }
        bool operator==(const Leader&) const = default;
    };
    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        int64_t base_offset = 0;
        int64_t log_append_time_ms = -1;  // -1: the records' own timestamps count
        int64_t log_start_offset = -1;
        std::vector<RecordError> record_errors;
        std::optional<std::string_view> error_message;
        Leader current_leader;

        static void fields(auto& io, auto& m) {
            io(m.index, m.error_code, m.base_offset);
            io.since(2, m.log_append_time_ms);
            io.since(5, m.log_start_offset);
            io.since(8, m.record_errors, m.error_message);
            io.tag_since(10, 0, m.current_leader);
        }
    };
    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 13 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(12, m.name);
            io.since(13, m.topic_id);
            io(m.partitions);
        }
    };

    std::vector<Topic> topics;
    int32_t throttle_time_ms = 0;
    std::vector<Node> node_endpoints;

    static void fields(auto& io, auto& m) {
        io(m.topics);
        io.since(1, m.throttle_time_ms);
        io.tag_since(10, 0, m.node_endpoints);
    }
};

struct FetchRequest {
    static constexpr const Api& api = api::fetch;

    struct Partition {
        int32_t index = 0;
        int32_t current_leader_epoch = -1;
        int64_t fetch_offset = 0;
        int32_t last_fetched_epoch = -1;
        int64_t log_start_offset = -1;
        int32_t partition_max_bytes = 0;
        Uuid replica_directory_id;
        int64_t high_watermark = INT64_MAX;

        static void fields(auto& io, auto& m) {
            io(m.index);
            io.since(9, m.current_leader_epoch);
            io(m.fetch_offset);
            io.since(12, m.last_fetched_epoch);
            io.since(5, m.log_start_offset);
            io(m.partition_max_bytes);
            io.tag_since(17, 0, m.replica_directory_id);
            io.tag_since(18, 1, m.high_watermark, INT64_MAX);
        }
    };
    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 13 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(12, m.name);
            io.since(13, m.topic_id);
            io(m.partitions);
        }
    };
    struct ForgottenTopic {
        std::string_view name;
        Uuid topic_id;  // since 13 instead of the name
        std::vector<int32_t> partitions;

        static void fields(auto& io, auto& m) {
            io.until(12, m.name);
            io.since(13, m.topic_id);
            io(m.partitions);
        }
    };
    struct ReplicaState {
        int32_t replica_id = -1;
        int64_t replica_epoch = -1;

        static void fields(auto& io, auto& m) { io(m.replica_id, m.replica_epoch); }
        bool operator==(const ReplicaState&) const = default;
    };

    std::optional<std::string_view> cluster_id;
    ReplicaState replica_state;  // since 15 instead of the replica id
    int32_t replica_id = -1;     // -1: a consumer
    int32_t max_wait_ms = 0;
    int32_t min_bytes = 0;
    int32_t max_bytes = INT32_MAX;
    int8_t isolation_level = 0;  // 0: read uncommitted, 1: committed
    int32_t session_id = 0;      // 0: none, or a new one
    int32_t session_epoch = -1;  // -1: outside of sessions
    std::vector<Topic> topics;
    std::vector<ForgottenTopic> forgotten_topics;  // no longer wanted in this session
    std::string_view rack_id;

    static void fields(auto& io, auto& m) {
        io.until(14, m.replica_id);
        io(m.max_wait_ms, m.min_bytes, m.max_bytes, m.isolation_level);
        io.since(7, m.session_id, m.session_epoch);
        io(m.topics);
        io.since(7, m.forgotten_topics);
        io.since(11, m.rack_id);
        io.tag(0, m.cluster_id);
        io.tag_since(15, 1, m.replica_state);
    }
};

struct FetchResponse {
    static constexpr const Api& api = api::fetch;

    struct EpochEndOffset {
        int32_t epoch = -1;
        int64_t end_offset = -1;

        static void fields(auto& io, auto& m) { io(m.epoch, m.end_offset); }
        bool operator==(const EpochEndOffset&) const = default;
    };
    struct Leader {
        int32_t leader_id = -1;
        int32_t leader_epoch = -1;

        static void fields(auto& io, auto& m) { io(m.leader_id, m.leader_epoch); }
        bool operator==(const Leader&) const = default;
    };
    struct SnapshotId {
        int64_t end_offset = -1;
        int32_t epoch = -1;

        static void fields(auto& io, auto& m) { io(m.end_offset, m.epoch); }
        bool operator==(const SnapshotId&) const = default;
    };
    struct AbortedTransaction {
        int64_t producer_id = 0;
        int64_t first_offset = 0;

        static void fields(auto& io, auto& m) { io(m.producer_id, m.first_offset); }
    };
    struct Partition {
        int32_t index = 0;
        ErrorCode error_code = ErrorCode::none;
        int64_t high_watermark = 0;
        int64_t last_stable_offset = -1;
        int64_t log_start_offset = -1;
        EpochEndOffset diverging_epoch;
        Leader current_leader;
        SnapshotId snapshot_id;
        std::optional<std::vector<AbortedTransaction>> aborted_transactions;  // null for read uncommitted
        int32_t preferred_read_replica = -1;                                  // -1: the leader
        std::optional<Records> records;

        static void fields(auto& io, auto& m) {
            io(m.index, m.error_code, m.high_watermark, m.last_stable_offset);
            io.since(5, m.log_start_offset);
            io(m.aborted_transactions);
            io.since(11, m.preferred_read_replica);
            io(m.records);
            io.tag(0, m.diverging_epoch);
            io.tag(1, m.current_leader);
            io.tag(2, m.snapshot_id);
        }
    };
    struct Topic {
        std::string_view name;
        Uuid topic_id;  // since 13 instead of the name
        std::vector<Partition> partitions;

        static void fields(auto& io, auto& m) {
            io.until(12, m.name);
            io.since(13, m.topic_id);
            io(m.partitions);
        }
    };

    int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    int32_t session_id = 0;  // 0: none
    std::vector<Topic> topics;
    std::vector<Node> node_endpoints;

    static void fields(auto& io, auto& m) {
        io(m.throttle_time_ms);
        io.since(7, m.error_code, m.session_id);
        io(m.topics);
        io.tag_since(16, 0, m.node_endpoints);
    }
};

}  // namespace pinflow::kafka
