// The text of the users' file, docs/users.md.
#pragma once
#include "auth/users.h"

namespace pinflow::auth {

struct UsersFile {
    UsersByName users;
    std::string decoy_key;
};

std::string write_users(const UsersFile& file);
Result<UsersFile> read_users(std::string_view text);

}  // namespace pinflow::auth
