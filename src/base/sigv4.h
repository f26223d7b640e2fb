// AWS Signature Version 4: what signs a request, and what says whether a signature is right. Who makes the canonical
// request (which headers, which path) is up to the caller. docs.aws.amazon.com, "Create a signed AWS API request".
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pinflow::sigv4 {

std::string amz_date(int64_t wall_ms);  // "20260102T030405Z"

// Names and values as they are; in the order of the names, encoded: "list-type=2&prefix=a%2Fb".
std::string canonical_query(const std::map<std::string, std::string>& query);

std::string hex_sha256(std::string_view data);

struct Scope {
    std::string_view day, region, service;  // "20260102", "eu-west-1", "s3"
    std::string text() const;               // "20260102/eu-west-1/s3/aws4_request"
};
// In hex. `date` is that of the request's X-Amz-Date.
std::string signature(std::string_view secret, const Scope& scope, std::string_view date,
                      std::string_view canonical_request);

}  // namespace pinflow::sigv4
