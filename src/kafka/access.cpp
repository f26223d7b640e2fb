#include "kafka/access.h"

#include <spdlog/spdlog.h>

#include "kafka/broker_errors.h"
#include "net/listen_address.h"

namespace pinflow::kafka {
namespace {

using Operations = auth::AclIndex::Operations;

template <class... Acts>
constexpr Operations bits(Acts... acts) {
    return (auth::AclIndex::bit(acts) | ...);
}

// What there is to be done at all.
constexpr Operations operations_on(auth::ResourceType type) {
    switch (type) {
        case auth::ResourceType::topic:
            return bits(Act::read, Act::write, Act::create, Act::remove, Act::alter, Act::describe,
                        Act::describe_configs, Act::alter_configs);
        case auth::ResourceType::group:
            return bits(Act::read, Act::remove, Act::describe, Act::describe_configs, Act::alter_configs);
        case auth::ResourceType::cluster:
            return bits(Act::create, Act::alter, Act::describe, Act::cluster_action, Act::describe_configs,
                        Act::alter_configs, Act::idempotent_write);
        default:
            return 0;
    }
}

}  // namespace

bool acls_allow(const Door& door, const Call& call, Act act, const auth::Resource& resource) {
    return door.acls->allows({call.principal, net::host_of(call.peer)}, act, resource);
}

void tell_refusal(const Call& call, Act act, const auth::Resource& resource) {
    if (!spdlog::should_log(spdlog::level::debug)) return;  // the texts below cost more than the check
    spdlog::debug("kafka: {} from {} may not {} the {} {}", call.principal, call.peer, auth::word_of(act),
                  auth::word_of(resource.type), on_one_line(shortened(std::string(resource.name))));
}

bool may_write_idempotently(const Door& door, const Call& call) {
    const auth::Asker asker{call.principal, net::host_of(call.peer)};
    if (may_quietly(door, call, Act::idempotent_write, on_cluster) ||
        door.acls->allows_anywhere(asker, Act::write, auth::ResourceType::topic))
        return true;
    tell_refusal(call, Act::idempotent_write, on_cluster);
    return false;
}

std::optional<broker::Sight> sight_of(const Door& door, const Call& call) {
    if (door.acls == nullptr) return std::nullopt;
    return broker::Sight{{std::string(call.principal), std::string(net::host_of(call.peer))},
                         door.acls->version(),
                         [acls = door.acls](const broker::Viewer& viewer, std::string_view topic) {
                             return acls->allows({viewer.principal, viewer.host}, Act::describe, on_topic(topic));
                         }};
}

int32_t authorized_operations(const Door& door, const Call& call, const auth::Resource& resource) {
    Operations operations = operations_on(resource.type);
    if (door.acls != nullptr) operations &= door.acls->operations({call.principal, net::host_of(call.peer)}, resource);
    return static_cast<int32_t>(operations);
}

int32_t authorized_cluster_operations(const Door& door, const Call& call) {
    return may_quietly(door, call, Act::describe, on_cluster) ? authorized_operations(door, call, on_cluster) : 0;
}

FoundTopic find_topic_to(Act act, const Door& door, const Call& call, std::string_view name) {
    if (!may(door, call, act, on_topic(name))) return std::unexpected(ErrorCode::topic_authorization_failed);
    return find_topic(door, name);
}

FoundTopic find_topic_to(Act act, const Door& door, const Call& call, const Uuid& id) {
    auto found = find_topic(door, id);
    if (found && !may(door, call, act, on_topic((*found)->name)))
        return std::unexpected(ErrorCode::topic_authorization_failed);
    return found;
}

}  // namespace pinflow::kafka
