#include "objects/test_fake_s3.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/sigv4.h"
#include "base/text.h"
#include "objects/s3_answers.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

WireAnswer error(int status, std::string_view code) {
    return {status,
            {{"x-amz-request-id", "FAKE42"}},
            fmt::format("<Error><Code>{}</Code><Message>no</Message><RequestId>FAKE42</RequestId></Error>", code)};
}

FakeS3::Stored stored(const std::string& contents, const std::string& checksum, const std::string& write_id) {
    return {contents, sigv4::hex_sha256(contents).substr(0, 32), checksum, write_id};
}

WireAnswer described(const FakeS3::Stored& object) {
    WireAnswer answer{200, {{"etag", '"' + object.etag + '"'}, {"last-modified", "Sun, 22 Nov 2026 10:00:00 GMT"}}};
    if (!object.checksum.empty()) answer.headers["x-amz-checksum-crc32c"] = object.checksum;
    if (!object.write_id.empty()) answer.headers[write_id_header] = object.write_id;
    return answer;
}

}  // namespace

WireAnswer FakeS3::answer(const WireRequest& request) {
    const std::scoped_lock lock(mutex_);
    seen_dates.push_back(request.header("x-amz-date"));
    if (auto refused = refuse(request)) return *refused;
    constexpr std::string_view root = "/bucket/";
    if (!request.path.starts_with(root)) return error(404, "NoSuchBucket");
    const std::string key = percent_decode(request.path.substr(root.size())).value();
    if (key.empty()) return request.method == "GET" ? list(request) : WireAnswer{};
    return request.query.contains("uploadId") || request.query.contains("uploads") ? answer_upload(request, key)
                                                                                   : answer_object(request, key);
}

std::optional<WireAnswer> FakeS3::refuse(const WireRequest& request) {
    if (!request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=")) return error(403, "AccessDenied");
    if (sigv4::hex_sha256(request.body) != request.header("x-amz-content-sha256"))
        return error(400, "XAmzContentSHA256Mismatch");
    if (!refused_token.empty() && request.header("x-amz-security-token") == refused_token)
        return error(400, "ExpiredToken");
    if (clock_ms >= 0 && request.header("x-amz-date") != sigv4::amz_date(clock_ms)) {
        WireAnswer answer = error(403, "RequestTimeTooSkewed");
        const std::string date = sigv4::amz_date(clock_ms);
        answer.headers["date"] = fmt::format("{} {}:{}:{} GMT", date.substr(0, 8), date.substr(9, 2),
                                             date.substr(11, 2), date.substr(13, 2));
        return answer;
    }
    return std::nullopt;
}

WireAnswer FakeS3::answer_object(const WireRequest& request, const std::string& key) {
    if (request.method == "PUT") return put(request, key);
    if (request.method == "DELETE") {
        objects_.erase(key);
        return {204};
    }
    return get(request, key);
}

WireAnswer FakeS3::put(const WireRequest& request, const std::string& key) {
    const std::string checksum = request.header("x-amz-checksum-crc32c");
    if (!checksum.empty() && checksum != base64_crc32c(as_bytes(request.body))) return error(400, "BadDigest");
    if (request.header("if-none-match") == "*" && objects_.contains(key)) return error(412, "PreconditionFailed");
    objects_[key] = stored(request.body, checksum, request.header(write_id_header));
    return described(objects_[key]);
}

WireAnswer FakeS3::get(const WireRequest& request, const std::string& key) const {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return error(404, "NoSuchKey");
    WireAnswer answer = described(found->second);
    const std::string& contents = found->second.contents;
    answer.body = contents;
    answer.headers["content-length"] = fmt::format("{}", contents.size());
    const std::string range = request.header("range");
    if (range.empty()) return answer;
    const auto bounds = split(std::string_view(range).substr(std::string_view("bytes=").size()), '-');
    const auto first = static_cast<size_t>(parse_int(bounds[0]).value());
    const auto last = static_cast<size_t>(parse_int(bounds[1]).value_or(INT64_MAX - 1));
    if (first >= contents.size()) return error(416, "InvalidRange");
    answer.status = 206;
    answer.body = contents.substr(first, last - first + 1);
    answer.headers["content-range"] =
        fmt::format("bytes {}-{}/{}", first, first + answer.body.size() - 1, contents.size());
    return answer;
}

WireAnswer FakeS3::answer_upload(const WireRequest& request, const std::string& key) {
    if (request.query.contains("uploads")) {
        const std::string id = fmt::format("upload+/{}", ++next_upload_);
        uploads_[id] = {key, request.header(write_id_header), {}};
        return {200,
                {},
                fmt::format("<InitiateMultipartUploadResult xmlns=\"urn:s3\"><UploadId>{}</UploadId>"
                            "</InitiateMultipartUploadResult>",
                            id)};
    }
    const std::string id = request.query.at("uploadId");
    if (!uploads_.contains(id) || uploads_[id].key != key) return error(404, "NoSuchUpload");
    if (request.method == "POST") return complete(request, key);
    if (request.method == "DELETE") {
        uploads_.erase(id);
        return {204};
    }
    const Stored part = stored(request.body, request.header("x-amz-checksum-crc32c"), "");
    if (!part.checksum.empty() && part.checksum != base64_crc32c(as_bytes(request.body)))
        return error(400, "BadDigest");
    uploads_[id].parts[static_cast<int>(parse_int(request.query.at("partNumber")).value())] = part;
    return {200, {{"etag", '"' + part.etag + '"'}}};
}

WireAnswer FakeS3::complete(const WireRequest& request, const std::string& key) {
    if (late_failures > 0 && late_failures-- > 0) {
        WireAnswer answer = error(200, "InternalError");
        answer.body.insert(0, "  \n ");
        return answer;
    }
    Sent& sent = uploads_[request.query.at("uploadId")];
    std::string contents;
    std::vector<std::string> etags;
    (void)parse_xml(request.body, [&](std::string_view path, std::string&& text) {
        if (path.ends_with("/ETag")) etags.push_back(text);
    });
    if (etags.size() != sent.parts.size()) return error(400, "InvalidPart");
    for (size_t i = 0; i < etags.size(); ++i) {
        const auto part = sent.parts.find(static_cast<int>(i) + 1);
        if (part == sent.parts.end() || unquoted(etags[i]) != part->second.etag) return error(400, "InvalidPart");
        contents += part->second.contents;
    }
    if (request.header("if-none-match") == "*" && objects_.contains(key)) return error(412, "PreconditionFailed");
    objects_[key] = stored(contents, "AAAAAA==-2", sent.write_id);
    uploads_.erase(request.query.at("uploadId"));
    return {200,
            {},
            fmt::format("\n <CompleteMultipartUploadResult><ETag>&quot;{}&quot;</ETag>"
                        "</CompleteMultipartUploadResult>",
                        objects_[key].etag)};
}

WireAnswer FakeS3::list(const WireRequest& request) const {
    const auto parameter = [&](const char* name) {
        const auto found = request.query.find(name);
        return found == request.query.end() ? std::string() : found->second;
    };
    const std::string prefix = parameter("prefix"), delimiter = parameter("delimiter");
    const std::string page = percent_decode(parameter("continuation-token")).value();
    const size_t most = std::min(most_in_page, static_cast<size_t>(parse_int(parameter("max-keys")).value()));
    std::string xml, last, rolled_up;
    size_t count = 0;
    bool is_truncated = false;
    for (const auto& [key, object] : objects_) {
        if (!key.starts_with(prefix) || key <= parameter("start-after")) continue;
        const size_t end = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
        const std::string name = end == std::string::npos ? key : key.substr(0, end + delimiter.size());
        if ((!page.empty() && name <= page) || (end != std::string::npos && name == rolled_up)) continue;
        if ((is_truncated = ++count > most)) break;
        last = name;
        if (end != std::string::npos) rolled_up = name;
        xml += end == std::string::npos
                   ? fmt::format(
                         "<Contents><Key>{}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><ETag>&quot;"
                         "{}&quot;</ETag><Size>{}</Size></Contents>",
                         percent_encode(key, "/"), object.etag, object.contents.size())
                   : fmt::format("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", percent_encode(name, "/"));
    }
    if (is_truncated) xml += fmt::format("<NextContinuationToken>{}</NextContinuationToken>", percent_encode(last));
    return {200,
            {},
            fmt::format("<?xml version=\"1.0\"?><ListBucketResult xmlns=\"urn:s3\"><EncodingType>url"
                        "</EncodingType><IsTruncated>{}</IsTruncated>{}</ListBucketResult>",
                        is_truncated, xml)};
}

void FakeS3::put(const std::string& key, const std::string& contents, const std::string& write_id) {
    const std::scoped_lock lock(mutex_);
    objects_[key] = stored(contents, "", write_id);
}

std::optional<std::string> FakeS3::contents(const std::string& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? std::nullopt : std::optional(found->second.contents);
}

size_t FakeS3::open_uploads() const {
    const std::scoped_lock lock(mutex_);
    return uploads_.size();
}

}  // namespace pinflow::objects
