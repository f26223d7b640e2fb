// What tells about a partition's offsets and epochs, and what cuts it.
#include <algorithm>
#include <atomic>

#include "kafka/access.h"
#include "kafka/handlers.h"
#include "kafka/log_errors.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {
namespace {

constexpr int64_t latest = -1;
constexpr int64_t earliest = -2;
constexpr int64_t newest_timestamp = -3;
// Without tiers of storage everything is local, nothing is in another tier and nothing is on its way there.
constexpr int64_t local_earliest = -4;
constexpr int64_t newest_tiered = -5;
constexpr int64_t earliest_to_be_tiered = -6;

// Runs `then` as soon as readers see what acks=1 has acked of these partitions: who asks where they end, or cuts them
// there, means that too. On this thread or on one of the log's.
void when_settled(const Door& door, const Call& call, Act act, const auto& topics, auto concerned,
                  std::move_only_function<void()> then) {
    struct Settling {
        std::atomic<size_t> open = 1;
        std::move_only_function<void()> then;
        void one_less() {
            if (open.fetch_sub(1, std::memory_order_acq_rel) == 1) then();
        }
    };
    const auto all = std::make_shared<Settling>();
    all->then = std::move(then);
    for (const auto& wanted : topics) {
        const auto topic = find_topic_to(act, door, call, wanted.name);
        for (const auto& part : wanted.partitions) {
            const auto partition = find_partition(topic, part.index);
            if (!partition || !concerned(part)) continue;
            all->open.fetch_add(1, std::memory_order_relaxed);
            (*partition)->when_settled([all](const Result<>&) { all->one_less(); });
        }
    }
    all->one_less();
}

using OffsetAnswer = ListOffsetsResponse::Partition;

Result<std::optional<log::TimedOffset>> find_by_time(const log::Partition& partition, int64_t timestamp,
                                                     log::Isolation isolation) {
    return timestamp == newest_timestamp ? partition.find_newest_time(isolation)
                                         : partition.find_time(timestamp, isolation);
}

// The version of ListOffsets that brought a negative timestamp; INT16_MAX: none that is offered.
int16_t version_with(int64_t timestamp) {
    if (timestamp >= earliest) return 1;
    if (timestamp == newest_timestamp) return 7;
    if (timestamp == local_earliest) return 8;
    if (timestamp == newest_tiered) return 9;
    return timestamp == earliest_to_be_tiered ? 11 : INT16_MAX;
}

void find_offset(const log::Partition& partition, int64_t timestamp, log::Isolation isolation, OffsetAnswer& into) {
    if (timestamp == latest) {
        into.offset =
            isolation == log::Isolation::committed ? partition.last_stable_offset() : partition.stable_offset();
        into.leader_epoch = partition.leader_epoch();
    } else if (timestamp == earliest || timestamp == local_earliest) {
        into.offset = partition.start_offset();
        into.leader_epoch = partition.leader_epoch_at(into.offset);
    } else if (timestamp == newest_tiered || timestamp == earliest_to_be_tiered) {
        into.offset = -1;  // as Kafka answers
    } else if (const auto found = find_by_time(partition, timestamp, isolation); !found) {
        into.error_code = read_code(found.error());
    } else if (*found) {
        into.offset = (*found)->offset;
        into.timestamp = (*found)->timestamp_ms;
        into.leader_epoch = partition.leader_epoch_at(into.offset);
    }
}

ListOffsetsResponse answer_to(const Door& door, const ListOffsetsRequest& request, const Call& call) {
    const auto isolation = request.isolation_level == 1 ? log::Isolation::committed : log::Isolation::uncommitted;
    ListOffsetsResponse answer;
    for (const auto& wanted : request.topics) {
        auto& topic = answer.topics.emplace_back();
        topic.name = wanted.name;
        const auto found = find_topic_to(Act::describe, door, call, wanted.name);
        for (const auto& part : wanted.partitions) {
            auto& into = topic.partitions.emplace_back();
            into.index = part.index;
            const auto partition = find_partition(found, part.index, part.current_leader_epoch);
            if (!partition)
                into.error_code = partition.error();
            else if (call.version < version_with(part.timestamp))
                into.error_code = ErrorCode::unsupported_version;
            else
                find_offset(**partition, part.timestamp, isolation, into);
        }
    }
    return answer;
}

bool reads_files(const ListOffsetsRequest& request) {
    return std::ranges::any_of(request.topics, [](const auto& topic) {
        return std::ranges::any_of(
            topic.partitions, [](const auto& each) { return each.timestamp != latest && each.timestamp != earliest; });
    });
}

using DeleteAnswer = DeleteRecordsResponse::Partition;

ErrorCode delete_before(log::Partition& partition, int64_t offset) {
    const int64_t stable = partition.stable_offset();
    if (offset == -1) offset = stable;
    if (offset < 0 || offset > stable) return ErrorCode::offset_out_of_range;
    if (!partition.settings()->cleanup_policy.contains("delete")) return ErrorCode::policy_violation;
    if (offset <= partition.start_offset()) return ErrorCode::none;
    const auto done = partition.delete_before(offset);
    return done ? ErrorCode::none : read_code(done.error());
}

DeleteRecordsResponse answer_to(const Door& door, const DeleteRecordsRequest& request, const Call& call) {
    DeleteRecordsResponse answer;
    for (const auto& wanted : request.topics) {
        auto& topic = answer.topics.emplace_back();
        topic.name = wanted.name;
        const auto found = find_topic_to(Act::remove, door, call, wanted.name);
        for (const auto& part : wanted.partitions) {
            DeleteAnswer into{.index = part.index, .low_watermark = -1};
            const auto partition = find_partition(found, part.index);
            into.error_code = partition ? delete_before(**partition, part.offset) : partition.error();
            if (into.error_code == ErrorCode::none) into.low_watermark = (*partition)->start_offset();
            topic.partitions.push_back(into);
        }
    }
    return answer;
}

}  // namespace

void handle(Door& door, ListOffsetsRequest wanted, const Call& call, Reply<ListOffsetsResponse> reply) {
    const auto request = std::make_shared<const ListOffsetsRequest>(std::move(wanted));
    const auto sees_end = [](const auto& part) {
        return part.timestamp == latest || part.timestamp == newest_timestamp || part.timestamp >= 0;
    };
    auto answer = [&door, &call, request, reply = std::move(reply)]() mutable {
        if (!reads_files(*request)) return reply(answer_to(door, *request, call));
        door.workers.run(
            [&door, &call, request, reply = std::move(reply)]() mutable { reply(answer_to(door, *request, call)); });
    };
    when_settled(door, call, Act::describe, request->topics, sees_end, std::move(answer));
}

void handle(Door& door, OffsetForLeaderEpochRequest request, const Call& call,
            Reply<OffsetForLeaderEpochResponse> reply) {
    OffsetForLeaderEpochResponse answer;
    const bool as_broker = may_quietly(door, call, Act::cluster_action, on_cluster);
    for (const auto& wanted : request.topics) {
        auto& topic = answer.topics.emplace_back();
        topic.name = wanted.name;
        const auto found =
            as_broker ? find_topic(door, wanted.name) : find_topic_to(Act::describe, door, call, wanted.name);
        for (const auto& part : wanted.partitions) {
            auto& into = topic.partitions.emplace_back();
            into.index = part.index;
            const auto partition = find_partition(found, part.index, part.current_leader_epoch);
            if (!partition) {
                into.error_code = partition.error();
                continue;
            }
            const auto end = (*partition)->end_of_epoch(part.leader_epoch);
            into.leader_epoch = end.epoch;
            into.end_offset = end.end_offset;
        }
    }
    reply(answer);
}

void handle(Door& door, DeleteRecordsRequest wanted, const Call& call, Reply<DeleteRecordsResponse> reply) {
    const auto request = std::make_shared<const DeleteRecordsRequest>(std::move(wanted));
    const auto all = [](const auto&) { return true; };
    auto answer = [&door, &call, request, reply = std::move(reply)]() mutable {
        door.workers.run(
            [&door, &call, request, reply = std::move(reply)]() mutable { reply(answer_to(door, *request, call)); });
    };
    when_settled(door, call, Act::remove, request->topics, all, std::move(answer));
}

}  // namespace pinflow::kafka
