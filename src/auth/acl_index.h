// Who may do what, found without going through all entries: the entries of a principal and a name are one step in a
// hash table, and so is each length that a prefix has. Made once for each change, then read by any thread. Nothing is
// allocated by a question.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/acl.h"

namespace pinflow::auth {

// Who asks.
struct Asker {
    std::string_view principal;  // "User:alice"
    std::string_view host;       // "127.0.0.1"
};

class AclIndex {
  public:
    // A bit an operation, numbered as Operation.
    using Operations = uint32_t;
    static constexpr Operations bit(Operation operation) { return 1U << static_cast<unsigned>(operation); }

    explicit AclIndex(std::set<Acl> acls);
    const std::set<Acl>& acls() const { return acls_; }

    struct Verdict {
        Operations allowed = 0;    // those denied are not among them
        bool has_entries = false;  // somebody has one for this resource
    };
    Verdict ask(const Asker& asker, const Resource& resource) const;

    // Whether the asker may do it to one resource of the type at least, be it one that does not exist.
    bool anywhere(const Asker& asker, Operation operation, ResourceType type) const;

  private:
    struct Key {
        ResourceType type;
        PatternType pattern;
        std::string_view name;
        std::string_view principal;  // empty: whether there are entries of anybody
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        size_t operator()(const Key& key) const;
    };
    struct Operated {
        Operations allowed = 0;
        Operations denied = 0;
    };
    using ByHost = std::map<std::string_view, Operated>;

    bool collect(const Asker& asker, Key key, Operated& into) const;
    template <class Each>
    void for_each_pattern(const Resource& resource, const Each& each) const;

    std::set<Acl> acls_;  // the views of the keys are into these
    std::unordered_map<Key, ByHost, KeyHash> by_key_;
    std::map<ResourceType, std::set<size_t>> prefix_lengths_;
};

}  // namespace pinflow::auth
