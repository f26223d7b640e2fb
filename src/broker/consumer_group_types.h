// What members ask of a group of the consumer protocol (KIP-848) and what it answers, without the wire. The broker
// assigns the partitions; a member says what it subscribes to and what it has, and is told what it shall have.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "broker/group_error.h"

namespace pinflow::broker {

struct TopicIdPartition {
    Uuid topic;
    int32_t partition = 0;
    auto operator<=>(const TopicIdPartition&) const = default;
};
using Partitions = std::set<TopicIdPartition>;

// The topics there are, as a group needs to know them. A new version means that some came, went or grew.
struct Catalog {
    struct Topic {
        Uuid id;
        int32_t partitions = 0;
        bool operator==(const Topic&) const = default;
    };
    uint64_t version = 0;
    std::map<std::string, Topic, std::less<>> topics;
};

inline constexpr int32_t joining_epoch = 0;
inline constexpr int32_t leaving_epoch = -1;
inline constexpr int32_t static_leaving_epoch = -2;  // a static member that will be back within its session

// Who sends a heartbeat, where not everybody may know of all topics.
struct Viewer {
    std::string principal;
    std::string host;
    bool operator==(const Viewer&) const = default;
};
struct Sight {
    Viewer viewer;
    uint64_t version = 0;  // another one means that somebody may see more, or less
    std::function<bool(const Viewer&, std::string_view topic)> sees;
};

// What is nothing, or -1, is as it was said before.
struct ConsumerHeartbeat {
    std::string member_id;
    int32_t member_epoch = joining_epoch;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    int32_t rebalance_timeout_ms = -1;
    std::optional<std::vector<std::string>> topics;
    std::optional<std::string> pattern;  // topics whose whole name matches; empty: none
    std::optional<std::string> assignor;
    std::optional<std::vector<TopicIdPartition>> owned;
    std::string client_id;
    std::string client_host;
    std::optional<Sight> sight;  // nothing: everybody sees every topic
    bool brings_id = true;       // version 1 and later: members make up their ids themselves
};

struct ConsumerAnswer {
    GroupError error = GroupError::none;
    std::string message;  // with an error
    std::string member_id;
    int32_t member_epoch = 0;
    std::optional<Partitions> assignment;  // nothing: as it was told before
};

inline ConsumerAnswer refused(GroupError error, std::string message) {
    return {.error = error, .message = std::move(message)};
}

// The numbers are those of the stored record.
enum class MemberState : int8_t {
    stable = 0,
    unrevoked = 1,   // has to give partitions back before it can go on
    unreleased = 2,  // waits for partitions that others have to give back
};

struct ConsumerMember {
    std::string id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;  // kept, not used: there is one broker
    std::string client_id;
    std::string client_host;
    std::vector<std::string> topics;  // sorted, each once
    std::optional<std::string> pattern;
    std::optional<std::string> assignor;
    int32_t rebalance_timeout_ms = -1;
    int32_t epoch = 0;
    int32_t previous_epoch = 0;  // a member that did not hear of its new epoch comes with this one
    MemberState state = MemberState::stable;
    Partitions assigned;
    Partitions revoking;  // to be given back
};

enum class ConsumerGroupState : uint8_t { empty, assigning, reconciling, stable };
std::string_view name(ConsumerGroupState state);  // "Reconciling"

struct ConsumerGroupDescription {
    struct Member {
        ConsumerMember member;
        Partitions target;
    };
    ConsumerGroupState state = ConsumerGroupState::empty;
    int32_t epoch = 0;
    int32_t assignment_epoch = 0;
    std::string assignor;
    std::vector<Member> members;
};

}  // namespace pinflow::broker
