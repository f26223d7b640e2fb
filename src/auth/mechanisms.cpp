#include "auth/mechanisms.h"

#include <algorithm>
#include <array>

#include "auth/msk_iam.h"
#include "auth/oauth_bearer.h"
#include "auth/plain.h"
#include "auth/scram.h"

namespace pinflow::auth {
namespace {

using Make = std::unique_ptr<Mechanism> (*)(Surroundings);

struct Known {
    std::string_view name;
    Make make;
};

constexpr std::array known = {
    Known{"SCRAM-SHA-512",
          [](Surroundings around) -> std::unique_ptr<Mechanism> {
              return std::make_unique<Scram>(Hash::sha512, around.users);
          }},
    Known{"SCRAM-SHA-256",
          [](Surroundings around) -> std::unique_ptr<Mechanism> {
              return std::make_unique<Scram>(Hash::sha256, around.users);
          }},
    Known{"PLAIN",
          [](Surroundings around) -> std::unique_ptr<Mechanism> { return std::make_unique<Plain>(around.users); }},
    Known{
        "AWS_MSK_IAM",
        [](Surroundings around) -> std::unique_ptr<Mechanism> { return std::make_unique<MskIam>(std::move(around)); }},
    Known{"OAUTHBEARER",
          [](Surroundings around) -> std::unique_ptr<Mechanism> {
              return std::make_unique<OAuthBearer>(around.users, around.clock);
          }},
};

constexpr auto names = [] {
    std::array<std::string_view, known.size()> all;
    std::ranges::transform(known, all.begin(), &Known::name);
    return all;
}();

}  // namespace

std::span<const std::string_view> mechanism_names() {
    return names;
}

bool is_mechanism(std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::unique_ptr<Mechanism> make_mechanism(std::string_view name, Surroundings surroundings) {
    const auto found = std::ranges::find(known, name, &Known::name);
    return found == known.end() ? nullptr : found->make(std::move(surroundings));
}

}  // namespace pinflow::auth
