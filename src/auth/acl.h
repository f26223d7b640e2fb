// One access control list entry as Kafka has it: whether a principal may do an operation from a host, on what has such
// a name. Numbers and words are Kafka's (docs/acls.md).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::auth {

enum class ResourceType : int8_t { topic = 2, group, cluster, transactional_id, delegation_token, user };
enum class PatternType : int8_t { literal = 3, prefixed = 4 };
enum class Permission : int8_t { deny = 2, allow = 3 };
enum class Operation : int8_t {
    all = 2,
    read,
    write,
    create,
    remove,  // Kafka's DELETE
    alter,
    describe,
    cluster_action,
    describe_configs,
    alter_configs,
    idempotent_write,
    create_tokens,
    describe_tokens,
};

inline constexpr std::string_view cluster_name = "kafka-cluster";
inline constexpr std::string_view any_name = "*";  // of a literal pattern: every resource of the type
inline constexpr std::string_view any_host = "*";
inline constexpr std::string_view any_principal = "User:*";

// What somebody wants to do something to.
struct Resource {
    ResourceType type;
    std::string_view name;
};

struct Acl {
    ResourceType type = ResourceType::topic;
    std::string name;
    PatternType pattern = PatternType::literal;
    std::string principal;  // "User:alice"
    std::string host = std::string(any_host);
    Operation operation = Operation::all;
    Permission permission = Permission::allow;

    auto operator<=>(const Acl&) const = default;
};

// The words of the file: "topic", "transactional_id"; nothing for a number or a word that is none.
std::string_view word_of(ResourceType type);
std::string_view word_of(PatternType pattern);
std::string_view word_of(Operation operation);
std::string_view word_of(Permission permission);
template <class Enum>
std::optional<Enum> from_number(int8_t number);
template <class Enum>
std::optional<Enum> from_word(std::string_view word);

// Hosts are compared as text, so each address is written in one way; what is none stays as it is, and is nobody's.
std::string normal_host(std::string_view host);

// Whether such an entry can be; says why not in Kafka's words where Kafka has some.
Result<> check_acl(const Acl& acl);

// What a request describes or deletes. Absent: any.
struct AclFilter {
    enum class Names : uint8_t {
        exact,     // the pattern's own name
        matching,  // whatever counts for a resource of that name
    };

    std::optional<ResourceType> type;
    std::optional<std::string> name;
    Names names = Names::exact;
    std::optional<PatternType> pattern;
    std::optional<std::string> principal;
    std::optional<std::string> host;
    std::optional<Operation> operation;
    std::optional<Permission> permission;

    bool matches(const Acl& acl) const;
};

}  // namespace pinflow::auth
