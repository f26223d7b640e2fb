// The text of the ACLs' file, docs/acls.md.
#pragma once
#include <set>
#include <string>
#include <string_view>

#include "auth/acl.h"

namespace pinflow::auth {

std::string write_acls(const std::set<Acl>& acls);
Result<std::set<Acl>> read_acls(std::string_view text);

}  // namespace pinflow::auth
