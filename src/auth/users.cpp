#include "auth/users.h"

#include <algorithm>

#include "auth/users_file.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

constexpr size_t max_name_bytes = 1000;
constexpr size_t max_salt_bytes = 1000;

Result<> check_limits(const UsersByName& users) {
    if (users.size() > Users::max_users)
        return fail(Code::too_large, "there may be {} users; remove some first", Users::max_users);
    for (const auto& [name, user] : users)
        if (user.access_keys.size() > Users::max_keys_of_user)
            return fail(Code::too_large, "the user {} may have {} access keys; remove some first", name,
                        Users::max_keys_of_user);
    return {};
}

Result<> check_credential(const ScramChange& change) {
    const ScramCredential& credential = *change.credential;
    if (credential.iterations < scram_min_iterations || credential.iterations > scram_max_iterations)
        return fail(Code::invalid, "iterations must be from {} to {}", scram_min_iterations, scram_max_iterations);
    if (credential.salt.empty() || credential.salt.size() > max_salt_bytes)
        return fail(Code::invalid, "a salt has from 1 to {} bytes", max_salt_bytes);
    return {};
}

// Printable ASCII: it is quoted in logs and in a signed text that has separators of its own.
bool is_key_id(std::string_view id) {
    return !id.empty() && id.size() <= 128 &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '"' && c != '\\'; });
}

}  // namespace

Result<> check_user_name(std::string_view name) {
    const bool control =
        std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!name.empty() && name.size() <= max_name_bytes && !control && is_valid_utf8(name)) return {};
    return fail(Code::invalid, "a user's name is UTF-8 of 1 to {} bytes without control characters", max_name_bytes);
}

Users::Users(Disk& disk, std::filesystem::path file, UsersByName users, std::string decoy_key)
    : disk_(disk),
      file_(std::move(file)),
      users_(std::make_shared<const UsersByName>(std::move(users))),
      decoy_key_(std::move(decoy_key)) {
    for (const auto& [name, user] : *users_)
        for (const AccessKey& key : user.access_keys) owner_of_key_[key.id] = name;
}

Result<std::unique_ptr<Users>> Users::open(Disk& disk, std::filesystem::path file) {
    UsersFile stored{.users = {}, .decoy_key = random_bytes(32)};
    if (const auto text = read_file(disk, file)) {
        auto read = read_users(*text);
        if (read) {
            if (auto within = check_limits(read->users); !within) read = fail(std::move(within).error());
        }
        if (!read)
            return fail(Error{Code::corrupt, fmt::format("{}: {}; repair it, or remove it and add its users anew",
                                                         file.string(), read.error().message)});
        stored = std::move(*read);
    } else if (text.error().code != Code::not_found) {
        return fail(text.error());
    }
    return std::unique_ptr<Users>(
        new Users(disk, std::move(file), std::move(stored.users), std::move(stored.decoy_key)));
}

std::shared_ptr<const UsersByName> Users::current() const {
    const std::scoped_lock lock(mutex_);
    return users_;
}

// On disk first: what cannot be stored does not count.
Result<> Users::store(UsersByName changed) {
    std::erase_if(changed,
                  [](const auto& each) { return each.second.scram.empty() && each.second.access_keys.empty(); });
    PINFLOW_TRY(check_limits(changed));
    PINFLOW_TRY(replace_private_file(disk_, file_, write_users({.users = changed, .decoy_key = decoy_key_})));
    std::map<std::string, std::string, std::less<>> owners;
    for (const auto& [name, user] : changed)
        for (const AccessKey& key : user.access_keys) owners[key.id] = name;
    const std::scoped_lock lock(mutex_);
    users_ = std::make_shared<const UsersByName>(std::move(changed));
    owner_of_key_ = std::move(owners);
    return {};
}

std::optional<Users::Owned> Users::access_key(std::string_view id) const {
    const std::scoped_lock lock(mutex_);
    const auto owner = owner_of_key_.find(id);
    if (owner == owner_of_key_.end()) return std::nullopt;
    const auto& keys = users_->find(owner->second)->second.access_keys;
    return Owned{owner->second, *std::ranges::find(keys, id, &AccessKey::id)};
}

std::optional<ScramCredential> Users::scram(std::string_view user, Hash hash) const {
    const auto users = current();
    const auto found = users->find(user);
    if (found == users->end()) return std::nullopt;
    const auto credential = found->second.scram.find(hash);
    if (credential == found->second.scram.end()) return std::nullopt;
    return credential->second;
}

ScramCredential Users::decoy(std::string_view user, Hash hash) const {
    const std::string seed = hmac(Hash::sha512, decoy_key_, fmt::format("{} {}", scram_name(hash), user));
    return {.salt = scram_salt(seed),
            .stored_key = hmac(hash, decoy_key_, seed),
            .server_key = hmac(hash, seed, decoy_key_),
            .iterations = scram_min_iterations};
}

UsersByName Users::all() const {
    return *current();
}

Result<> Users::set_password(const std::string& user, std::string_view password) {
    if (password.empty() || password.size() > max_password_bytes || !is_valid_utf8(password) ||
        password.find('\0') != std::string_view::npos)
        return fail(Code::invalid, "a password is UTF-8 of 1 to {} bytes without NUL", max_password_bytes);
    std::vector<ScramChange> changes;
    for (const Hash hash : {Hash::sha256, Hash::sha512})
        changes.push_back(
            {user, hash, credential_of(hash, password, scram_salt(random_bytes(32)), scram_min_iterations)});
    return change(changes);
}

Result<> Users::change(const std::vector<ScramChange>& changes) {
    const std::scoped_lock changing(changing_);
    UsersByName users = *current();
    for (const ScramChange& each : changes) {
        if (!each.credential) {
            const auto user = users.find(each.user);
            if (user == users.end() || user->second.scram.erase(each.hash) == 0)
                return fail(Code::not_found, "the user {} has no credential of {}", each.user, scram_name(each.hash));
            continue;
        }
        PINFLOW_TRY(check_user_name(each.user));
        PINFLOW_TRY(check_credential(each));
        users[each.user].scram[each.hash] = *each.credential;
    }
    return store(std::move(users));
}

Result<> Users::remove(std::string_view user) {
    const std::scoped_lock changing(changing_);
    UsersByName users = *current();
    const auto found = users.find(user);
    if (found == users.end())
        return fail(Code::not_found, "there is no user {}; `pinflow users list` shows them", user);
    users.erase(found);
    return store(std::move(users));
}

Result<> Users::add_key(const std::string& user, AccessKey key) {
    PINFLOW_TRY(check_user_name(user));
    const std::scoped_lock changing(changing_);
    if (!is_key_id(key.id))
        return fail(Code::invalid, "an access key's id has 1 to 128 visible ASCII characters without / \" \\");
    if (key.secret.empty() || key.secret.size() > 1000 || !is_valid_utf8(key.secret) ||
        key.session_token.size() > 10'000 || !is_valid_utf8(key.session_token))
        return fail(Code::invalid, "a secret has 1 to 1000 bytes, a session token up to 10000, both are UTF-8");
    if (const auto taken = access_key(key.id))
        return fail(Code::exists, "the access key {} is {}'s already; remove it there first", key.id, taken->user);
    UsersByName users = *current();
    users[user].access_keys.push_back(std::move(key));
    return store(std::move(users));
}

Result<> Users::remove_key(std::string_view user, std::string_view id) {
    const std::scoped_lock changing(changing_);
    UsersByName users = *current();
    const auto found = users.find(user);
    if (found == users.end() ||
        std::erase_if(found->second.access_keys, [&](const auto& key) { return key.id == id; }) == 0)
        return fail(Code::not_found, "the user {} has no access key {}; `pinflow users list` shows them", user, id);
    return store(std::move(users));
}

}  // namespace pinflow::auth
