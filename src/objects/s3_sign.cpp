#include "objects/s3_sign.h"

#include "base/sigv4.h"
#include "base/text.h"

namespace pinflow::objects {
namespace {

// The port that a URL need not name is not in the Host header that libcurl sends, so not in the signature.
std::string host_header(const S3Address& address) {
    std::string host = address.host();
    const std::string_view default_port = address.scheme_and_host.starts_with("https:") ? ":443" : ":80";
    if (host.ends_with(default_port)) host.resize(host.size() - default_port.size());
    return host;
}

std::string authorization(const S3Call& call, const S3Address& address, const Credentials& credentials,
                          const std::string& path, const std::map<std::string, std::string>& headers) {
    std::string lines, names;
    for (const auto& [name, value] : headers) {
        lines += fmt::format("{}:{}\n", name, trim(value));
        names += fmt::format("{}{}", names.empty() ? "" : ";", name);
    }
    const std::string canonical =
        fmt::format("{}\n{}\n{}\n{}\n{}\n{}", call.method, path, sigv4::canonical_query(call.query), lines, names,
                    headers.at("x-amz-content-sha256"));
    const std::string& date = headers.at("x-amz-date");
    const sigv4::Scope scope{std::string_view(date).substr(0, 8), address.region, "s3"};
    return fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}", credentials.access_key,
                       scope.text(), names, sigv4::signature(credentials.secret, scope, date, canonical));
}

}  // namespace

HttpRequest sign(const S3Call& call, const S3Address& address, const std::optional<Credentials>& credentials,
                 int64_t wall_ms) {
    const std::string path = address.base_path + percent_encode(call.key, "/");
    const std::string query = sigv4::canonical_query(call.query);
    auto headers = call.headers;
    headers["host"] = host_header(address);
    if (credentials) {
        headers["x-amz-date"] = sigv4::amz_date(wall_ms);
        headers["x-amz-content-sha256"] = sigv4::hex_sha256(as_text(call.body));
        if (!credentials->token.empty()) headers["x-amz-security-token"] = credentials->token;
    }
    HttpRequest request{.method = call.method,
                        .url = fmt::format("{}{}{}{}", address.scheme_and_host, path, query.empty() ? "" : "?", query),
                        .headers = {},
                        .body = call.body,
                        .most_answer_bytes = call.most_answer_bytes};
    for (const auto& [name, value] : headers) request.headers.push_back(fmt::format("{}: {}", name, value));
    if (credentials)
        request.headers.push_back("authorization: " + authorization(call, address, *credentials, path, headers));
    return request;
}

}  // namespace pinflow::objects
