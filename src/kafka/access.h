// Whether a client may do what it asks for, and what it may do (docs/acls.md). Without an authorizer everybody may do
// everything, at the cost of one comparison.
#pragma once
#include <cstdint>
#include <string_view>

#include "auth/acls.h"
#include "kafka/handler.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {

using Act = auth::Operation;

inline auth::Resource on_topic(std::string_view name) {
    return {auth::ResourceType::topic, name};
}
inline auth::Resource on_group(std::string_view id) {
    return {auth::ResourceType::group, id};
}
inline auth::Resource on_transaction(std::string_view id) {
    return {auth::ResourceType::transactional_id, id};
}
inline constexpr auth::Resource on_cluster{auth::ResourceType::cluster, auth::cluster_name};

bool acls_allow(const Door& door, const Call& call, Act act, const auth::Resource& resource);
void tell_refusal(const Call& call, Act act, const auth::Resource& resource);  // to the log

// For what an answer leaves out, or what there is another way to be allowed: a refusal is not worth a line in the log.
inline bool may_quietly(const Door& door, const Call& call, Act act, const auth::Resource& resource) {
    return door.acls == nullptr || acls_allow(door, call, act, resource);
}
inline bool may(const Door& door, const Call& call, Act act, const auth::Resource& resource) {
    if (may_quietly(door, call, act, resource)) return true;
    tell_refusal(call, act, resource);
    return false;
}
// Some commands may be allowed on the cluster, for all topics.
inline bool may_on_cluster_or(const Door& door, const Call& call, Act act, std::string_view topic) {
    return may_quietly(door, call, act, on_cluster) || may(door, call, act, on_topic(topic));
}
// An id from which no transaction begins: to write anything anywhere is enough.
bool may_write_idempotently(const Door& door, const Call& call);

// What an expression finds for a member of a group; nothing where everybody may see every topic.
std::optional<broker::Sight> sight_of(const Door& door, const Call& call);

// What the client may do, a bit an operation, as answers tell it.
int32_t authorized_operations(const Door& door, const Call& call, const auth::Resource& resource);
// Who may not even describe the cluster is told 0.
int32_t authorized_cluster_operations(const Door& door, const Call& call);

// find_topic() of those that the client may do this to, else topic_authorization_failed: of a name before anybody
// looks whether it exists. An id that is not known is told as such; ids are no secret.
FoundTopic find_topic_to(Act act, const Door& door, const Call& call, std::string_view name);
FoundTopic find_topic_to(Act act, const Door& door, const Call& call, const Uuid& id);
// What a request names as one that has both fields, of which `by_id` says the one that counts.
FoundTopic find_topic_to(Act act, const Door& door, const Call& call, bool by_id, const auto& wanted) {
    return by_id ? find_topic_to(act, door, call, wanted.topic_id) : find_topic_to(act, door, call, wanted.name);
}

}  // namespace pinflow::kafka
