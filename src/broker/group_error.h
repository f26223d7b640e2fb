// What a group answers when it says no: Kafka's error codes, by their numbers and names (kafka.apache.org/protocol).
#pragma once
#include <cstdint>
#include <string_view>

namespace pinflow::broker {

enum class GroupError : int16_t {
    unknown_server_error = -1,
    none = 0,
    offset_metadata_too_large = 12,
    coordinator_load_in_progress = 14,
    coordinator_not_available = 15,  // come back later: stopping, or the group is just being deleted
    illegal_generation = 22,
    inconsistent_group_protocol = 23,
    invalid_group_id = 24,
    unknown_member_id = 25,
    invalid_session_timeout = 26,
    rebalance_in_progress = 27,
    invalid_commit_offset_size = 28,
    unsupported_version = 35,
    invalid_request = 42,
    invalid_producer_epoch = 47,
    non_empty_group = 68,
    group_id_not_found = 69,
    member_id_required = 79,
    group_max_size_reached = 81,
    fenced_instance_id = 82,
    group_subscribed_to_topic = 86,
    unstable_offset_commit = 88,
    fenced_member_epoch = 110,
    unreleased_instance_id = 111,
    unsupported_assignor = 112,
    stale_member_epoch = 113,
    invalid_regular_expression = 128,
};

std::string_view name(GroupError error);  // UNKNOWN_MEMBER_ID

}  // namespace pinflow::broker
