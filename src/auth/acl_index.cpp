#include "auth/acl_index.h"

#include <functional>

namespace pinflow::auth {
namespace {

using Operations = AclIndex::Operations;

// What an entry that allows an operation allows beside it. One that denies it denies nothing else.
constexpr Operations allowed_by(Operation operation) {
    constexpr auto bit = AclIndex::bit;
    switch (operation) {
        case Operation::all:
            return ~Operations{0};
        case Operation::read:
        case Operation::write:
        case Operation::remove:
        case Operation::alter:
            return bit(operation) | bit(Operation::describe);
        case Operation::alter_configs:
            return bit(operation) | bit(Operation::describe_configs);
        default:
            return bit(operation);
    }
}

constexpr Operations denied_by(Operation operation) {
    return operation == Operation::all ? ~Operations{0} : AclIndex::bit(operation);
}

bool is_everything(PatternType pattern, std::string_view name) {
    return pattern == PatternType::literal && name == any_name;
}

}  // namespace

size_t AclIndex::KeyHash::operator()(const Key& key) const {
    const std::hash<std::string_view> hash;
    const auto kind = static_cast<size_t>(key.type) * 8 + static_cast<size_t>(key.pattern);
    return hash(key.name) * 31 + hash(key.principal) * 7 + kind;
}

AclIndex::AclIndex(std::set<Acl> acls) : acls_(std::move(acls)) {
    by_key_.reserve(acls_.size());
    for (const Acl& acl : acls_) {
        by_key_[{acl.type, acl.pattern, acl.name, {}}];
        Operated& operated = by_key_[{acl.type, acl.pattern, acl.name, acl.principal}][acl.host];
        if (acl.permission == Permission::allow)
            operated.allowed |= allowed_by(acl.operation);
        else
            operated.denied |= denied_by(acl.operation);
        if (acl.pattern == PatternType::prefixed) prefix_lengths_[acl.type].insert(acl.name.size());
    }
}

// What may hold for a resource: its own name, all names, and each beginning of it that has the length of some prefix.
template <class Each>
void AclIndex::for_each_pattern(const Resource& resource, const Each& each) const {
    each(PatternType::literal, resource.name);
    if (resource.name != any_name) each(PatternType::literal, any_name);
    const auto lengths = prefix_lengths_.find(resource.type);
    if (lengths == prefix_lengths_.end()) return;
    for (const size_t length : lengths->second) {
        if (length > resource.name.size()) return;
        each(PatternType::prefixed, resource.name.substr(0, length));
    }
}

// False: nobody has an entry with this pattern.
bool AclIndex::collect(const Asker& asker, Key key, Operated& into) const {
    if (!by_key_.contains(key)) return false;
    for (const std::string_view principal : {asker.principal, any_principal}) {
        key.principal = principal;
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) continue;
        for (const std::string_view host : {asker.host, any_host}) {
            const auto operated = found->second.find(host);
            if (operated == found->second.end()) continue;
            into.allowed |= operated->second.allowed;
            into.denied |= operated->second.denied;
        }
    }
    return true;
}

AclIndex::Verdict AclIndex::ask(const Asker& asker, const Resource& resource) const {
    Verdict verdict;
    Operated sum;
    for_each_pattern(resource, [&](PatternType pattern, std::string_view name) {
        if (collect(asker, {resource.type, pattern, name, {}}, sum)) verdict.has_entries = true;
    });
    verdict.allowed = sum.allowed & ~sum.denied;
    return verdict;
}

// An entry that allows it counts unless one denies all that it is for: the same names, or more of them.
bool AclIndex::anywhere(const Asker& asker, Operation operation, ResourceType type) const {
    const auto concerns = [&](const Acl& acl) {
        return acl.permission == Permission::allow && acl.type == type &&
               (acl.operation == operation || acl.operation == Operation::all) &&
               (acl.principal == asker.principal || acl.principal == any_principal) &&
               (acl.host == asker.host || acl.host == any_host);
    };
    for (const Acl& acl : acls_) {
        if (!concerns(acl)) continue;
        Operated sum;
        const bool everything = is_everything(acl.pattern, acl.name);
        for_each_pattern({type, acl.name}, [&](PatternType pattern, std::string_view name) {
            const bool more = is_everything(pattern, name) || (pattern == PatternType::prefixed && !everything);
            if (more || (pattern == acl.pattern && !everything)) collect(asker, {type, pattern, name, {}}, sum);
        });
        if ((sum.denied & bit(operation)) == 0) return true;
    }
    return false;
}

}  // namespace pinflow::auth
