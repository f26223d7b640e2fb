#include "auth/acl.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/ip_address.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

constexpr size_t max_name_bytes = 1000;
constexpr size_t max_principal_bytes = 1100;
constexpr size_t max_host_bytes = 255;

template <class Enum>
using Word = std::pair<Enum, std::string_view>;

constexpr std::array<Word<ResourceType>, 6> resource_words = {{{ResourceType::topic, "topic"},
                                                               {ResourceType::group, "group"},
                                                               {ResourceType::cluster, "cluster"},
                                                               {ResourceType::transactional_id, "transactional_id"},
                                                               {ResourceType::delegation_token, "delegation_token"},
                                                               {ResourceType::user, "user"}}};
constexpr std::array<Word<PatternType>, 2> pattern_words = {
    {{PatternType::literal, "literal"}, {PatternType::prefixed, "prefixed"}}};
constexpr std::array<Word<Permission>, 2> permission_words = {
    {{Permission::deny, "deny"}, {Permission::allow, "allow"}}};
constexpr std::array<Word<Operation>, 13> operation_words = {{{Operation::all, "all"},
                                                              {Operation::read, "read"},
                                                              {Operation::write, "write"},
                                                              {Operation::create, "create"},
                                                              {Operation::remove, "delete"},
                                                              {Operation::alter, "alter"},
                                                              {Operation::describe, "describe"},
                                                              {Operation::cluster_action, "cluster_action"},
                                                              {Operation::describe_configs, "describe_configs"},
                                                              {Operation::alter_configs, "alter_configs"},
                                                              {Operation::idempotent_write, "idempotent_write"},
                                                              {Operation::create_tokens, "create_tokens"},
                                                              {Operation::describe_tokens, "describe_tokens"}}};

constexpr std::span<const Word<ResourceType>> words(ResourceType) {
    return resource_words;
}
constexpr std::span<const Word<PatternType>> words(PatternType) {
    return pattern_words;
}
constexpr std::span<const Word<Permission>> words(Permission) {
    return permission_words;
}
constexpr std::span<const Word<Operation>> words(Operation) {
    return operation_words;
}

template <class Enum>
std::string_view find_word(Enum value) {
    const auto all = words(value);
    const auto found = std::ranges::find(all, value, &Word<Enum>::first);
    return found == all.end() ? std::string_view() : found->second;
}

Result<> check_text(std::string_view what, std::string_view text, size_t most) {
    const bool control =
        std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!text.empty() && text.size() <= most && !control && is_valid_utf8(text)) return {};
    return fail(Code::invalid, "{} is UTF-8 of 1 to {} bytes without control characters", what, most);
}

}  // namespace

std::string_view word_of(ResourceType type) {
    return find_word(type);
}
std::string_view word_of(PatternType pattern) {
    return find_word(pattern);
}
std::string_view word_of(Operation operation) {
    return find_word(operation);
}
std::string_view word_of(Permission permission) {
    return find_word(permission);
}

template <class Enum>
std::optional<Enum> from_number(int8_t number) {
    const auto value = static_cast<Enum>(number);
    return find_word(value).empty() ? std::nullopt : std::optional(value);
}

template <class Enum>
std::optional<Enum> from_word(std::string_view word) {
    const auto all = words(Enum());
    const auto found = std::ranges::find(all, word, &Word<Enum>::second);
    return found == all.end() ? std::nullopt : std::optional(found->first);
}

template std::optional<ResourceType> from_number(int8_t);
template std::optional<PatternType> from_number(int8_t);
template std::optional<Operation> from_number(int8_t);
template std::optional<Permission> from_number(int8_t);
template std::optional<ResourceType> from_word(std::string_view);
template std::optional<PatternType> from_word(std::string_view);
template std::optional<Operation> from_word(std::string_view);
template std::optional<Permission> from_word(std::string_view);

std::string normal_host(std::string_view host) {
    return normal_address(host).value_or(std::string(host));
}

Result<> check_acl(const Acl& acl) {
    if (acl.type == ResourceType::cluster && acl.name != cluster_name)
        return fail(Code::invalid, "The only valid name for the CLUSTER resource is {}", cluster_name);
    if (acl.name.empty()) return fail(Code::invalid, "Invalid empty resource name");
    PINFLOW_TRY(check_text("a resource's name", acl.name, max_name_bytes));
    PINFLOW_TRY(check_text("a principal", acl.principal, max_principal_bytes));
    PINFLOW_TRY(check_text("a host", acl.host, max_host_bytes));
    if (acl.principal.find(':') == std::string::npos)
        return fail(Code::invalid,
                    "Could not parse principal from `{}` (no colon is present separating the principal type from the "
                    "principal name)",
                    acl.principal);
    return {};
}

namespace {

bool names_match(const AclFilter& filter, const Acl& acl) {
    if (!filter.name || *filter.name == acl.name) return true;
    if (filter.names == AclFilter::Names::exact) return false;
    return acl.pattern == PatternType::prefixed ? filter.name->starts_with(acl.name) : acl.name == any_name;
}

bool is(const auto& wanted, const auto& value) {
    return !wanted || *wanted == value;
}

}  // namespace

bool AclFilter::matches(const Acl& acl) const {
    return is(type, acl.type) && is(pattern, acl.pattern) && is(principal, acl.principal) && is(host, acl.host) &&
           is(operation, acl.operation) && is(permission, acl.permission) && names_match(*this, acl);
}

}  // namespace pinflow::auth
