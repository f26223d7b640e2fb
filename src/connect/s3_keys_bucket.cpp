#include "base/text.h"
#include "connect/key_checks.h"
#include "connect/s3_key_groups.h"
#include "connect/s3_keys.h"

namespace pinflow::connect {
namespace {

using enum ValueType;

constexpr int64_t least_part = 5 << 20;
constexpr auto default_provider = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider";

// As S3 has them, and so that a bucket is a folder of its own.
std::optional<std::string> check_bucket(std::string_view name) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    const bool is_name = !name.empty() && name.size() <= 255 && !name.starts_with('.');
    if (is_name && std::ranges::all_of(name, is_good)) return std::nullopt;
    return "A bucket's name has letters, digits, '-', '_' and '.', and does not begin with '.'";
}

std::vector<Key> place_keys() {
    return {{.name = "s3.bucket.name",
             .required = true,
             .importance = Importance::high,
             .documentation = "The bucket: a folder below the data folder's objects/, unless store.url or Pinflow's "
                              "configuration sends it elsewhere.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Bucket",
             .check = check_bucket},
            {.name = "s3.object.tagging",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Tag objects with startOffset, endOffset and recordCount.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Object Tagging"},
            {.name = "s3.region",
             .default_value = "us-west-2",
             .documentation = "The bucket's region.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "AWS region",
             .check = not_blank()},
            {.name = "s3.part.size",
             .type = int_,
             .default_value = "26214400",
             .importance = Importance::high,
             .documentation = "Bytes of one part of an upload in parts, at least 5 MiB.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Part Size",
             .check = between(least_part, INT32_MAX)}};
}

std::vector<Key> credential_keys() {
    return {{.name = "s3.credentials.provider.class",
             .type = class_,
             .default_value = default_provider,
             .importance = Importance::low,
             .documentation = "Credentials are found as docs/objects.md says, whatever class stands here.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "AWS Credentials Provider Class"},
            {.name = "aws.access.key.id",
             .default_value = "",
             .importance = Importance::high,
             .documentation = "Access key, instead of the credentials that Pinflow finds around it.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "AWS Access Key ID"},
            {.name = "aws.secret.access.key",
             .type = password,
             .importance = Importance::high,
             .documentation = "The access key's secret.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "AWS Secret Access Key"}};
}

std::vector<Key> protection_keys() {
    return {{.name = "s3.ssea.name",
             .default_value = "",
             .importance = Importance::low,
             .documentation = "Server-side encryption.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Server Side Encryption Algorithm",
             .check = one_of({"", "AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"})},
            {.name = "s3.sse.customer.key",
             .type = password,
             .importance = Importance::low,
             .documentation = "Key of the customer for server-side encryption.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Server Side Encryption Customer-Provided Key (SSE-C)"},
            {.name = "s3.sse.kms.key.id",
             .default_value = "",
             .importance = Importance::low,
             .documentation = "Id of the key in AWS KMS for server-side encryption.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Server Side Encryption Key"},
            {.name = "s3.acl.canned",
             .importance = Importance::low,
             .documentation = "Canned ACL of the objects.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Canned ACL",
             .check = one_of({"private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write",
                              "bucket-owner-read", "bucket-owner-full-control", "aws-exec-read"})},
            {.name = "s3.wan.mode",
             .type = boolean,
             .default_value = "false",
             .documentation = "Use the accelerated endpoint.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 accelerated endpoint enabled"}};
}

std::vector<Key> request_keys() {
    return {{.name = "s3.part.retries",
             .type = int_,
             .default_value = "3",
             .documentation = "Further tries of a failed request.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Part Upload Retries",
             .check = between(0, 99)},
            {.name = "s3.retry.backoff.ms",
             .type = long_,
             .default_value = "200",
             .importance = Importance::low,
             .documentation = "Pause before the first further try; docs/objects.md says how long pauses are.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Retry Backoff (ms)",
             .check = at_least(0)},
            {.name = "s3.path.style.access.enabled",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "The bucket is in the path, not in the host's name.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Enable Path Style Access to S3"},
            {.name = "s3.proxy.url",
             .default_value = "",
             .importance = Importance::low,
             .documentation = "Not followed: set https_proxy in Pinflow's environment.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Proxy Settings"},
            {.name = "s3.proxy.user",
             .importance = Importance::low,
             .documentation = "As s3.proxy.url.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Proxy User"},
            {.name = "s3.proxy.password",
             .type = password,
             .importance = Importance::low,
             .documentation = "As s3.proxy.url.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "S3 Proxy Password"}};
}

std::vector<Key> upload_keys() {
    return {{.name = "s3.http.send.expect.continue",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "Taken and not needed: requests that are refused early cost little.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "S3 HTTP Send Uses Expect Continue"},
            {.name = "s3.send.digest",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Taken and not needed: contents go with their CRC-32C.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "S3 Send Upload Message Digest"},
            {.name = "enable.conditional.writes",
             .type = boolean,
             .default_value = "true",
             .importance = Importance::low,
             .documentation = "Taken and not needed: the cut is kept before its objects are written.",
             .group = "S3",
             .width = Width::short_,
             .display_name = "Enable conditional writes during multipart upload"},
            {.name = "s3.elastic.buffer.enable",
             .type = boolean,
             .default_value = "false",
             .importance = Importance::low,
             .documentation = "Taken and not needed: open objects have no buffers of parts.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Enable elastic buffer to staging s3-part"},
            {.name = "s3.elastic.buffer.init.capacity",
             .type = int_,
             .default_value = "131072",
             .importance = Importance::low,
             .documentation = "As s3.elastic.buffer.enable.",
             .group = "S3",
             .width = Width::long_,
             .display_name = "Elastic buffer initial capacity",
             .check = at_least(4096)},
            {.name = "max.files.scan.limit",
             .type = int_,
             .default_value = "100",
             .importance = Importance::low,
             .documentation = "As enable.conditional.writes.",
             .group = "S3",
             .display_name = "max.files.scan.limit"}};
}

}  // namespace

std::vector<Key> s3_bucket_keys() {
    std::vector<Key> keys = place_keys();
    for (auto group : {credential_keys, protection_keys, request_keys, upload_keys}) {
        std::vector<Key> more = group();
        keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    return keys;
}

}  // namespace pinflow::connect
