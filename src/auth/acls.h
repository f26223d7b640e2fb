// Who may do what: access control lists, kept in one file (docs/acls.md), and who may do everything. Thread-safe. A
// change is durable when its call returns, so it blocks; questions do not.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "auth/acl_index.h"
#include "base/disk.h"

namespace pinflow::auth {

struct AclOptions {
    std::set<std::string, std::less<>> super_users;  // "User:admin"
    bool allow_everyone_if_no_acl_found = false;
};

// "User:admin;User:root", as Kafka's super.users.
Result<std::set<std::string, std::less<>>> parse_super_users(std::string_view text);

class Acls {
  public:
    static constexpr size_t max_acls = 20'000;
    static constexpr size_t max_told = 5 * max_acls;         // of all filters that are removed at once
    static constexpr size_t max_compared = 1000 * max_acls;  // entries with filters, in one removal

    // A file that is not there is made at the first change.
    static Result<std::unique_ptr<Acls>> open(Disk& disk, std::filesystem::path file, AclOptions options);

    // A bit for each operation that the asker may do, numbered as Operation.
    AclIndex::Operations operations(const Asker& asker, const Resource& resource) const;
    bool allows(const Asker& asker, Operation operation, const Resource& resource) const {
        return (operations(asker, resource) & AclIndex::bit(operation)) != 0;
    }
    // On one resource of the type at least, as Kafka asks for who wants to write idempotently.
    bool allows_anywhere(const Asker& asker, Operation operation, ResourceType type) const;

    std::vector<Acl> find(const AclFilter& filter) const;  // sorted
    size_t size() const;
    uint64_t version() const;  // another one after each change; never 0
    // Those that are there already stay as they are. All or none; each must have been checked (check_acl).
    Result<> add(const std::vector<Acl>& acls);
    // What each filter matches goes; what several match is told for each.
    Result<std::vector<std::vector<Acl>>> remove(const std::vector<AclFilter>& filters);

  private:
    Acls(Disk& disk, std::filesystem::path file, AclOptions options, std::set<Acl> acls);
    std::shared_ptr<const AclIndex> current() const;
    Result<> store(std::set<Acl> changed);

    Disk& disk_;
    const std::filesystem::path file_;
    const AclOptions options_;
    std::mutex changing_;  // held over the write; mutex_ never is
    mutable std::mutex mutex_;
    std::shared_ptr<const AclIndex> index_;
    uint64_t version_ = 1;
};

}  // namespace pinflow::auth
