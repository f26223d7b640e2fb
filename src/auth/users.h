// Who may sign in, and with what: kept in one file (docs/users.md). Thread-safe. A change is durable when its call
// returns, so it blocks; questions do not.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/scram_credential.h"
#include "base/disk.h"

namespace pinflow::auth {

struct AccessKey {
    std::string id;
    std::string secret;
    std::string session_token;  // empty: the key is good without one only

    bool operator==(const AccessKey&) const = default;
};

struct User {
    std::map<Hash, ScramCredential> scram;
    std::vector<AccessKey> access_keys;

    bool operator==(const User&) const = default;
};
using UsersByName = std::map<std::string, User, std::less<>>;

struct ScramChange {
    std::string user;
    Hash hash = Hash::sha256;
    std::optional<ScramCredential> credential;  // none: it goes
};

Result<> check_user_name(std::string_view name);

class Users {
  public:
    static constexpr size_t max_users = 10'000;
    static constexpr size_t max_keys_of_user = 100;
    static constexpr size_t max_password_bytes = 1000;

    // A file that is not there is made at the first change.
    static Result<std::unique_ptr<Users>> open(Disk& disk, std::filesystem::path file);

    struct Owned {
        std::string user;
        AccessKey key;
    };
    std::optional<Owned> access_key(std::string_view id) const;
    std::optional<ScramCredential> scram(std::string_view user, Hash hash) const;
    // What an unknown user is shown: as good as any, and nobody knows the password.
    ScramCredential decoy(std::string_view user, Hash hash) const;
    UsersByName all() const;

    // A credential of both hashes; makes the user if there is none.
    Result<> set_password(const std::string& user, std::string_view password);
    Result<> change(const std::vector<ScramChange>& changes);  // all or none
    Result<> remove(std::string_view user);
    Result<> add_key(const std::string& user, AccessKey key);  // makes the user if there is none
    Result<> remove_key(std::string_view user, std::string_view id);

  private:
    Users(Disk& disk, std::filesystem::path file, UsersByName users, std::string decoy_key);
    std::shared_ptr<const UsersByName> current() const;
    Result<> store(UsersByName changed);

    Disk& disk_;
    const std::filesystem::path file_;
    std::mutex changing_;  // held over the write; mutex_ never is
    mutable std::mutex mutex_;
    std::shared_ptr<const UsersByName> users_;
    std::map<std::string, std::string, std::less<>> owner_of_key_;
    std::string decoy_key_;
};

}  // namespace pinflow::auth
