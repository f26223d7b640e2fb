// The mechanisms there are, by the names that clients ask for.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "auth/mechanism.h"
#include "auth/users.h"
#include "base/clock.h"

namespace pinflow::auth {

// What an exchange needs to know; outlives it.
struct Surroundings {
    const Users& users;
    const Clock& clock;
    // How clients may have called this server, in lower case: what is signed for another is refused.
    std::vector<std::string> hosts = {};
};

std::span<const std::string_view> mechanism_names();
bool is_mechanism(std::string_view name);

// Null if there is none of that name.
std::unique_ptr<Mechanism> make_mechanism(std::string_view name, Surroundings surroundings);

}  // namespace pinflow::auth
