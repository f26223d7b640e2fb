// Credentials of a role, from AWS's Security Token Service (docs.aws.amazon.com/STS/latest/APIReference).
#pragma once
#include <string>

#include "objects/credentials.h"
#include "objects/http_client.h"

namespace pinflow::objects {

struct RoleWish {
    std::string arn;
    std::string session_name;
    std::string external_id = {};       // or empty
    std::string duration_seconds = {};  // or empty: an hour
};

struct StsAddress {
    std::string url;  // "https://sts.eu-west-1.amazonaws.com"
    std::string region;
};

// As the environment, or else `region`, says.
StsAddress sts_address(const Surroundings& around, const std::string& region);

// denied: STS refuses, in its words; unreachable: it does not answer.
Result<Credentials> assume_role(HttpClient& http, const StsAddress& address, const RoleWish& wish,
                                const Credentials& source, int64_t wall_ms);
Result<Credentials> assume_role_with_web_identity(HttpClient& http, const StsAddress& address, const RoleWish& wish,
                                                  const std::string& token);

// `action`: "AssumeRole" or "AssumeRoleWithWebIdentity".
Result<Credentials> read_sts_answer(const std::string& action, int status, std::string_view xml);

}  // namespace pinflow::objects
