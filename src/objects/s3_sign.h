// From what is asked of S3 to a signed HTTP request (SigV4, docs.aws.amazon.com, "Authenticating Requests: Using the
// Authorization Header").
#pragma once
#include <map>
#include <string>

#include "objects/credentials.h"
#include "objects/http_client.h"

namespace pinflow::objects {

struct S3Call {
    std::string method;
    std::string key;  // in the bucket; empty: the bucket itself
    std::map<std::string, std::string> query = {};
    std::map<std::string, std::string> headers = {};  // names in lower case; all are signed
    Bytes body = {};
    size_t most_answer_bytes = 16 << 20;
    bool may_fail_late = false;  // with 200 first, and an error in the body (CompleteMultipartUpload)
};

// Where the bucket is, for requests.
struct S3Address {
    std::string scheme_and_host;  // "https://bucket.s3.eu-west-1.amazonaws.com"
    std::string base_path;        // "/bucket/" with path style, else "/"
    std::string region;

    std::string host() const { return scheme_and_host.substr(scheme_and_host.find("://") + 3); }
};

// Without credentials it is sent unsigned.
HttpRequest sign(const S3Call& call, const S3Address& address, const std::optional<Credentials>& credentials,
                 int64_t wall_ms);

}  // namespace pinflow::objects
