// AWS Signature Version 4 of a presigned GET of "/" with the header "host" alone, the form in which clients of MSK
// prove who they are. docs.aws.amazon.com, "Create a signed AWS API request".
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::auth {

struct Presigned {
    std::string host;
    std::map<std::string, std::string> query;  // decoded, by AWS's names; without X-Amz-Signature
    std::string signature;                     // hex

    std::string_view parameter(std::string_view name) const;  // or empty
};

// "AKID/20260102/eu-west-1/kafka-cluster/aws4_request"
struct CredentialScope {
    std::string_view access_key, day, region, service;
};
std::optional<CredentialScope> read_scope(std::string_view credential);

// "20260102T030405Z" as milliseconds since 1970.
std::optional<int64_t> read_amz_date(std::string_view text);

// In hex. `scope` is that of the request's X-Amz-Credential.
std::string signature_of(const Presigned& request, const CredentialScope& scope, std::string_view secret);

}  // namespace pinflow::auth
