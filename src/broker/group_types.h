// What members ask of a group and what it answers, in Kafka's classic protocol (JoinGroup, SyncGroup, Heartbeat,
// LeaveGroup), without the wire. Metadata and assignments are the members' own bytes, handed on as they are.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/group_error.h"

namespace pinflow::broker {

struct GroupProtocol {
    std::string name;      // "range", "cooperative-sticky", Connect's "sessioned", ...
    std::string metadata;  // opaque, but for "consumer" groups' topics: see group_subscription.h
    bool operator==(const GroupProtocol&) const = default;
};

struct JoinRequest {
    std::string member_id;                   // empty: a new member
    std::optional<std::string> instance_id;  // static membership (KIP-345)
    std::string client_id;
    std::string client_host;
    int32_t session_timeout_ms = 45'000;
    int32_t rebalance_timeout_ms = 300'000;  // negative (JoinGroup 0): the session's
    std::string protocol_type;               // "consumer", "connect", ...
    std::vector<GroupProtocol> protocols;    // the most wanted first
    bool needs_known_id = true;              // JoinGroup 4 and later: MEMBER_ID_REQUIRED with an id comes first
    bool can_skip_assignment = false;        // JoinGroup 9
};

inline constexpr size_t most_id_bytes = 32'767;  // of a group: what a stored string can hold

struct JoinedMember {
    std::string id;
    std::optional<std::string> instance_id;
    std::string metadata;
};

struct JoinAnswer {
    GroupError error = GroupError::none;
    std::string member_id;
    int32_t generation = -1;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol;
    std::string leader;
    bool skip_assignment = false;
    std::vector<JoinedMember> members;  // for the leader only
};

struct MemberRef {
    std::string member_id;
    std::optional<std::string> instance_id;
    int32_t generation = -1;
};

struct SyncRequest {
    MemberRef member;
    std::optional<std::string> protocol_type;  // SyncGroup 5: what the member believes
    std::optional<std::string> protocol;
    std::vector<std::pair<std::string, std::string>> assignments;  // member id, bytes; from the leader
};

struct SyncAnswer {
    GroupError error = GroupError::none;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol;
    std::string assignment;
};

struct LeavingMember {
    std::string member_id;  // empty: whoever holds the instance id
    std::optional<std::string> instance_id;
};

struct LeftMember {
    LeavingMember member;
    GroupError error = GroupError::none;
};

}  // namespace pinflow::broker
