#include "broker/group_error.h"

namespace pinflow::broker {

std::string_view name(GroupError error) {
    switch (error) {
        case GroupError::unknown_server_error:
            return "UNKNOWN_SERVER_ERROR";
        case GroupError::none:
            return "NONE";
        case GroupError::offset_metadata_too_large:
            return "OFFSET_METADATA_TOO_LARGE";
        case GroupError::coordinator_load_in_progress:
            return "COORDINATOR_LOAD_IN_PROGRESS";
        case GroupError::coordinator_not_available:
            return "COORDINATOR_NOT_AVAILABLE";
        case GroupError::illegal_generation:
            return "ILLEGAL_GENERATION";
        case GroupError::inconsistent_group_protocol:
            return "INCONSISTENT_GROUP_PROTOCOL";
        case GroupError::invalid_group_id:
            return "INVALID_GROUP_ID";
        case GroupError::unknown_member_id:
            return "UNKNOWN_MEMBER_ID";
        case GroupError::invalid_session_timeout:
            return "INVALID_SESSION_TIMEOUT";
        case GroupError::rebalance_in_progress:
            return "REBALANCE_IN_PROGRESS";
        case GroupError::invalid_commit_offset_size:
            return "INVALID_COMMIT_OFFSET_SIZE";
        case GroupError::unsupported_version:
            return "UNSUPPORTED_VERSION";
        case GroupError::invalid_request:
            return "INVALID_REQUEST";
        case GroupError::invalid_producer_epoch:
            return "INVALID_PRODUCER_EPOCH";
        case GroupError::non_empty_group:
            return "NON_EMPTY_GROUP";
        case GroupError::group_id_not_found:
            return "GROUP_ID_NOT_FOUND";
        case GroupError::member_id_required:
            return "MEMBER_ID_REQUIRED";
        case GroupError::group_max_size_reached:
            return "GROUP_MAX_SIZE_REACHED";
        case GroupError::fenced_instance_id:
            return "FENCED_INSTANCE_ID";
        case GroupError::group_subscribed_to_topic:
            return "GROUP_SUBSCRIBED_TO_TOPIC";
        case GroupError::unstable_offset_commit:
            return "UNSTABLE_OFFSET_COMMIT";
        case GroupError::fenced_member_epoch:
            return "FENCED_MEMBER_EPOCH";
        case GroupError::unreleased_instance_id:
            return "UNRELEASED_INSTANCE_ID";
        case GroupError::unsupported_assignor:
            return "UNSUPPORTED_ASSIGNOR";
        case GroupError::stale_member_epoch:
            return "STALE_MEMBER_EPOCH";
        case GroupError::invalid_regular_expression:
            return "INVALID_REGULAR_EXPRESSION";
    }
    return "UNKNOWN_SERVER_ERROR";
}

}  // namespace pinflow::broker
