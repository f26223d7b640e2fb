// Signatures, XML and errors of S3, each against what AWS documents.
#include "objects/s3_answers.h"

#include <gmock/gmock.h>

#include "objects/s3_error.h"
#include "objects/s3_sign.h"
#include "objects/xml.h"

namespace pinflow::objects {
namespace {

// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "Examples".
constexpr int64_t example_ms = 1'369'353'600'000;
const Credentials example = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const S3Address example_bucket = {"https://examplebucket.s3.amazonaws.com", "/", "us-east-1"};

std::string authorization(const S3Call& call, const S3Address& address = example_bucket) {
    return sign(call, address, example, example_ms).headers.back();
}

TEST(S3Sign, SignsAsTheExamplesOfAwsDo) {
    EXPECT_THAT(
        authorization({.method = "GET", .key = "test.txt", .headers = {{"range", "bytes=0-9"}}}),
        testing::AllOf(testing::HasSubstr("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"),
                       testing::HasSubstr("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"),
                       testing::EndsWith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")));
    EXPECT_THAT(authorization({.method = "PUT",
                               .key = "test$file.text",
                               .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                           {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                               .body = as_bytes("Welcome to Amazon S3.")}),
                testing::EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
    EXPECT_THAT(authorization({.method = "GET", .key = "", .query = {{"max-keys", "2"}, {"prefix", "J"}}}),
                testing::EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
    EXPECT_THAT(authorization({.method = "GET", .key = "", .query = {{"lifecycle", ""}}}),
                testing::EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(S3Sign, LeavesOutThePortThatNeedNotBeNamed) {
    const auto host = [](const std::string& url) {
        return sign({.method = "GET", .key = "k"}, {url, "/b/", "r"}, std::nullopt, 0).headers.at(0);
    };
    EXPECT_EQ(host("https://h:443"), "host: h");
    EXPECT_EQ(host("http://h:80"), "host: h");
    EXPECT_EQ(host("http://h:443"), "host: h:443");
}

TEST(Xml, GivesTextsByTheirPaths) {
    std::vector<std::string> found;
    const auto take = [&](std::string_view path, std::string&& text) {
        found.push_back(fmt::format("{}={}", path, text));
    };
    ASSERT_TRUE(parse_xml(
        "<?xml version='1.0'?>\n<a xmlns='urn:x'><b>1 &amp; <![CDATA[<2>]]>&#10;</b><x:c xmlns:x='y'/>\n</a>", take));
    EXPECT_EQ(found, (std::vector<std::string>{"a/b=1 & <2>\n", "a/c=", "a="}));
}

TEST(Xml, RefusesWhatIsCutOrDangerous) {
    const auto ignore = [](std::string_view, std::string&&) {};
    for (const char* text : {"", "plain", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>\x01</a>",
                             "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"})
        EXPECT_EQ(parse_xml(text, ignore).error().code, Code::corrupt) << text;
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "<a>";
    for (int i = 0; i < 100; ++i) deep += "</a>";
    EXPECT_THAT(parse_xml(deep, ignore).error().message, testing::HasSubstr("nested"));
    EXPECT_THAT(parse_xml("<a>" + std::string(1 << 20, 'x') + "</a>", ignore).error().message,
                testing::HasSubstr("long"));
}

TEST(S3List, ReadsKeysPrefixesAndWhereItGoesOn) {
    const auto page = read_list(
        R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Name>b</Name><Prefix>p/</Prefix><KeyCount>3</KeyCount><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>
        <NextContinuationToken>1ue/+=</NextContinuationToken>
        <Contents><Key>p/</Key><Size>0</Size></Contents>
        <Contents><Key>p/a+b%2Bc%01</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
        <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass>
        <Owner><ID>1</ID></Owner></Contents>
        <CommonPrefixes><Prefix>p/x%2F</Prefix></CommonPrefixes></ListBucketResult>)",
        "p/");
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->objects.size(), 1U);
    EXPECT_EQ(page->objects[0].key, "a b+c\x01");
    EXPECT_EQ(page->objects[0].size, 434'234U);
    EXPECT_EQ(page->objects[0].etag, "fba9dede5f27731c9771645a39863328");
    EXPECT_EQ(page->objects[0].modified_ms, 1'255'369'830'000);
    EXPECT_EQ(page->prefixes, std::vector<std::string>{"x/"});
    EXPECT_EQ(page->next, "1ue/+=");
}

TEST(S3List, DoesNotServeWhatItCannotRead) {
    for (const char* text : {"<html/>", "<Error><Code>X</Code></Error>",
                             "<ListBucketResult><Contents><Key>q</Key><Size>1</Size></Contents></ListBucketResult>",
                             "<ListBucketResult><Contents><Key>p/a</Key><Size>-1</Size></Contents></ListBucketResult>",
                             "<ListBucketResult><Contents><Key>p/a</Key><Size></Size></Contents></ListBucketResult>",
                             "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"})
        EXPECT_EQ(read_list(text, "p/").error().code, Code::corrupt) << text;
}

TEST(S3Errors, SayWhatToDo) {
    const auto read = [](int status, const std::string& code, std::map<std::string, std::string> headers = {}) {
        return read_s3_error(
            {status, std::move(headers),
             code.empty() ? "" : fmt::format("<Error><Code>{}</Code><Message>m</Message></Error>", code)},
            "GET s3://b/k");
    };
    EXPECT_EQ(read(404, "NoSuchKey").error.code, absent);
    EXPECT_EQ(read(404, "NoSuchBucket").error.code, denied);
    EXPECT_EQ(read(403, "SignatureDoesNotMatch").error.code, denied);
    EXPECT_EQ(read(412, "PreconditionFailed").error.code, taken);
    EXPECT_EQ(read(409, "ConditionalRequestConflict").retry, Retry::soon);
    EXPECT_EQ(read(400, "RequestTimeout").retry, Retry::soon);
    EXPECT_FALSE(read(503, "SlowDown").may_be_done);
    EXPECT_TRUE(read(503, "").may_be_done) << "a proxy's";
    EXPECT_TRUE(read(500, "InternalError").may_be_done);
    EXPECT_EQ(read(418, "").retry, Retry::no);
    const auto moved =
        read(301, "PermanentRedirect", {{"x-amz-bucket-region", "eu-west-1"}, {"x-amz-request-id", "R1"}});
    EXPECT_EQ(moved.error.message,
              "GET s3://b/k: 301 PermanentRedirect: m; name the bucket's region with region= (its region: eu-west-1) "
              "(request R1)");
}

TEST(S3Checksums, OfContentsAreCompared) {
    // The check values of both checksums: of "123456789".
    EXPECT_EQ(base64_crc32c(as_bytes("123456789")), "4waSgw==");
    EXPECT_TRUE(check_contents({200, {{"x-amz-checksum-crc32", "y/Q5Jg=="}}, "123456789"}, "x"));
    EXPECT_FALSE(check_contents({200, {{"x-amz-checksum-crc32", "y/Q5Jg=="}}, "123456788"}, "x"));
    EXPECT_FALSE(check_contents({200, {{"x-amz-checksum-crc32c", "4waSgw=="}}, "12345678"}, "x"));
    EXPECT_TRUE(check_contents({200, {{"x-amz-checksum-crc32c", "4waSgw==-2"}}, "anything"}, "x"));
}

}  // namespace
}  // namespace pinflow::objects
