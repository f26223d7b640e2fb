// Who signs requests to S3: found where AWS's own tools look (docs/objects.md, "Credentials"), kept until they expire.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "objects/http_client.h"
#include "objects/profile_file.h"
#include "objects/surroundings.h"

namespace pinflow::objects {

struct Credentials {
    std::string access_key, secret;
    std::string token;       // of a session; or empty
    int64_t expires_ms = 0;  // since 1970 UTC; 0: never
};

// {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, as the metadata services of containers and machines
// answer.
Result<Credentials> read_metadata_credentials(std::string_view json);

// "2026-01-02T03:04:05Z", with or without a fraction, in milliseconds since 1970.
std::optional<int64_t> read_expiration(std::string_view text);

struct RoleWish;

// Environment, shared files, container, machine, in this order. Thread-safe.
class CredentialChain {
  public:
    CredentialChain(const Surroundings& around, std::string profile);

    // Renewed five minutes before they expire; if that fails while they last, they go on.
    Result<Credentials> current();
    // The store does not take these any more: ask again, if nobody has done so meanwhile.
    void refuse(const Credentials& refused);

  private:
    Result<Credentials> find();
    std::optional<Result<Credentials>> from_environment() const;
    // credentials_profile.cpp
    std::optional<Result<Credentials>> from_web_identity();
    std::optional<Result<Credentials>> from_profile();
    std::optional<Result<Credentials>> from_named(const std::string& name, bool is_wanted,
                                                  const std::vector<std::string>& way);
    Result<Credentials> by_role(const std::string& name, const Settings& profile, const std::vector<std::string>& way);
    Result<Credentials> by_web_identity(const std::string& token_file, const RoleWish& wish, const std::string& region);
    Result<Credentials> source_of(const std::string& name, const Settings& profile,
                                  const std::vector<std::string>& way);
    std::optional<Result<Credentials>> from_container();
    std::optional<Result<Credentials>> from_machine();
    Result<HttpAnswer> ask(std::string method, std::string url, std::vector<std::string> headers);

    Surroundings around_;
    std::string profile_;
    HttpClient http_;  // for what is on this machine or near
    HttpClient sts_;
    std::mutex mutex_;
    std::optional<Credentials> kept_;
};

}  // namespace pinflow::objects
