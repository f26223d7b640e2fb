#include "auth/acls.h"

#include "auth/acls_file.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

Result<> check_count(size_t count) {
    if (count <= Acls::max_acls) return {};
    return fail(Code::too_large, "there may be {} ACLs; remove some first, or let one with a prefix stand for many",
                Acls::max_acls);
}

std::vector<Acl> matching(const std::set<Acl>& acls, const AclFilter& filter) {
    std::vector<Acl> found;
    for (const Acl& acl : acls)
        if (filter.matches(acl)) found.push_back(acl);
    return found;
}

}  // namespace

Result<std::set<std::string, std::less<>>> parse_super_users(std::string_view text) {
    std::set<std::string, std::less<>> users;
    for (const std::string_view part : split(text, ';')) {
        const std::string_view user = trim(part);
        if (user.empty()) continue;
        if (!user.starts_with("User:") || user.size() == 5 || user == any_principal)
            return fail(Code::invalid, "\"{}\" is no user; they are written User:NAME, with ; between them", user);
        users.emplace(user);
    }
    return users;
}

Acls::Acls(Disk& disk, std::filesystem::path file, AclOptions options, std::set<Acl> acls)
    : disk_(disk),
      file_(std::move(file)),
      options_(std::move(options)),
      index_(std::make_shared<const AclIndex>(std::move(acls))) {}

Result<std::unique_ptr<Acls>> Acls::open(Disk& disk, std::filesystem::path file, AclOptions options) {
    std::set<Acl> acls;
    if (const auto text = read_file(disk, file)) {
        auto read = read_acls(*text);
        if (read) {
            if (auto within = check_count(read->size()); !within) read = fail(std::move(within).error());
        }
        if (!read)
            return fail(
                Error{Code::corrupt, fmt::format("{}: {}; restore it from a copy; removing it removes every denial",
                                                 file.string(), read.error().message)});
        acls = std::move(*read);
    } else if (text.error().code != Code::not_found) {
        return fail(text.error());
    }
    return std::unique_ptr<Acls>(new Acls(disk, std::move(file), std::move(options), std::move(acls)));
}

std::shared_ptr<const AclIndex> Acls::current() const {
    const std::scoped_lock lock(mutex_);
    return index_;
}

AclIndex::Operations Acls::operations(const Asker& asker, const Resource& resource) const {
    constexpr auto everything = ~AclIndex::Operations{0};
    if (options_.super_users.contains(asker.principal)) return everything;
    const AclIndex::Verdict verdict = current()->ask(asker, resource);
    return !verdict.has_entries && options_.allow_everyone_if_no_acl_found ? everything : verdict.allowed;
}

// The name is any that nobody gives to a resource: where nothing is said about it the default counts.
bool Acls::allows_anywhere(const Asker& asker, Operation operation, ResourceType type) const {
    return allows(asker, operation, {type, "hardcode"}) || current()->anywhere(asker, operation, type);
}

std::vector<Acl> Acls::find(const AclFilter& filter) const {
    return matching(current()->acls(), filter);
}

size_t Acls::size() const {
    return current()->acls().size();
}

uint64_t Acls::version() const {
    const std::scoped_lock lock(mutex_);
    return version_;
}

// On disk first: what cannot be stored does not count. Where the file is the new one in spite of an error (the sync of
// its folder failed), it counts, as after a restart, and whoever asked is told of the error.
Result<> Acls::store(std::set<Acl> changed) {
    PINFLOW_TRY(check_count(changed.size()));
    const std::string text = write_acls(changed);
    auto stored = replace_private_file(disk_, file_, text);
    if (!stored && read_file(disk_, file_) != text) return stored;
    auto index = std::make_shared<const AclIndex>(std::move(changed));
    const std::scoped_lock lock(mutex_);
    index_.swap(index);
    ++version_;
    return stored;
}

Result<> Acls::add(const std::vector<Acl>& acls) {
    const std::scoped_lock changing(changing_);
    std::set<Acl> changed = current()->acls();
    const size_t before = changed.size();
    changed.insert(acls.begin(), acls.end());
    return changed.size() == before ? Result<>() : store(std::move(changed));
}

Result<std::vector<std::vector<Acl>>> Acls::remove(const std::vector<AclFilter>& filters) {
    const std::scoped_lock changing(changing_);
    std::set<Acl> changed = current()->acls();
    std::vector<std::vector<Acl>> gone;
    size_t told = 0;
    if (filters.size() * changed.size() > max_compared)
        return fail(Code::too_large, "{} filters for {} ACLs are too many; use fewer filters at once", filters.size(),
                    changed.size());
    for (const AclFilter& filter : filters) {
        told += gone.emplace_back(matching(changed, filter)).size();
        if (told > max_told)
            return fail(Code::too_large, "the filters match {} ACLs and more; use fewer filters at once", max_told);
    }
    const size_t before = changed.size();
    for (const auto& each : gone)
        for (const Acl& acl : each) changed.erase(acl);
    if (changed.size() != before) PINFLOW_TRY(store(std::move(changed)));
    return gone;
}

}  // namespace pinflow::auth
