#include "objects/url.h"

#include "objects/s3_client.h"
#include "objects/store.h"
#include "objects/test_world.h"

namespace pinflow::objects {
namespace {

S3Place s3(std::string_view url) {
    const auto place = parse_url(url);
    EXPECT_TRUE(place) << place.error().message;
    return place ? std::get<S3Place>(*place) : S3Place{};
}

std::string refusal(std::string_view url) {
    const auto place = parse_url(url);
    EXPECT_FALSE(place) << url;
    return place ? "" : place.error().message;
}

Surroundings with(std::map<std::string, std::string> variables) {
    return {.environment = [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    }};
}

TEST(Url, NamesAFolder) {
    EXPECT_EQ(std::get<FilePlace>(*parse_url("file:///var/lib/lake/")).folder, "/var/lib/lake");
    EXPECT_EQ(std::get<FilePlace>(*parse_url("file:///a%20b/../c")).folder, "/c");
    EXPECT_THAT(refusal("file://relative"), testing::HasSubstr("three slashes"));
    EXPECT_THAT(refusal("/var/lib"), testing::HasSubstr("file:///"));
    EXPECT_THAT(refusal("file:///a%0"), testing::HasSubstr("escape"));
}

TEST(Url, NamesABucketAndWhatBelongsToIt) {
    const S3Place place =
        s3("s3://my-bucket/a%20b/c?region=eu-west-1&endpoint=http%3A%2F%2F127.0.0.1:9000/&path_style=false"
           "&profile=work&ca=/etc/ca.pem&attempts=3&part_bytes=6000000&checksums=false");
    EXPECT_EQ(place.bucket, "my-bucket");
    EXPECT_EQ(place.prefix, "a b/c/");
    EXPECT_EQ(place.endpoint, "http://127.0.0.1:9000");
    EXPECT_EQ(place.region, "eu-west-1");
    EXPECT_EQ(place.path_style, false);
    EXPECT_EQ(place.profile, "work");
    EXPECT_EQ(place.ca, "/etc/ca.pem");
    EXPECT_EQ(place.attempts, 3);
    EXPECT_EQ(place.part_bytes, 6'000'000U);
    EXPECT_FALSE(place.checksums);
    EXPECT_EQ(s3("s3a://bucket").prefix, "");
    EXPECT_EQ(s3("s3://bucket/").prefix, "");
}

TEST(Url, SaysWhatIsWrong) {
    EXPECT_THAT(refusal("s3://"), testing::HasSubstr("s3://BUCKET"));
    EXPECT_THAT(refusal("s3://b/../x"), testing::HasSubstr("no bucket's name"));
    EXPECT_THAT(refusal("s3://bucket?regoin=x"), testing::HasSubstr("no parameter regoin"));
    EXPECT_THAT(refusal("s3://bucket?region=eu west"), testing::HasSubstr("region"));
    EXPECT_THAT(refusal("s3://bucket?endpoint=127.0.0.1:9000"), testing::HasSubstr("http://HOST:PORT"));
    EXPECT_THAT(refusal("s3://bucket?endpoint=http://h/path"), testing::HasSubstr("without a path"));
    EXPECT_THAT(refusal("s3://bucket?endpoint=http://user:pass@h"), testing::HasSubstr("http://HOST:PORT"));
    EXPECT_THAT(refusal("s3://bucket?path_style=yes"), testing::HasSubstr("true or false"));
    EXPECT_THAT(refusal("s3://bucket?part_bytes=1000"), testing::HasSubstr("5242880"));
    EXPECT_THAT(refusal("s3://bucket?attempts=0"), testing::HasSubstr("1 to 100"));
}

TEST(Address, OfAwsIsTheBucketsOwnHost) {
    EXPECT_EQ(find_address(s3("s3://my-bucket?region=eu-west-1"), with({}))->scheme_and_host,
              "https://my-bucket.s3.eu-west-1.amazonaws.com");
    EXPECT_EQ(find_address(s3("s3://my-bucket"), with({{"AWS_REGION", "cn-north-1"}}))->scheme_and_host,
              "https://my-bucket.s3.cn-north-1.amazonaws.com.cn");
    const auto dotted = find_address(s3("s3://my.bucket"), with({{"AWS_DEFAULT_REGION", "us-west-2"}}));
    EXPECT_EQ(dotted->scheme_and_host + dotted->base_path, "https://s3.us-west-2.amazonaws.com/my.bucket/");
    const auto unknown = find_address(s3("s3://my-bucket"), with({}));
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().message, testing::HasSubstr("region="));
}

TEST(Address, OfAStoreOfOnesOwnHasTheBucketInThePathUnlessAskedOtherwise) {
    const auto own = find_address(s3("s3://data?endpoint=http://minio:9000"), with({}));
    EXPECT_EQ(own->scheme_and_host + own->base_path, "http://minio:9000/data/");
    EXPECT_EQ(own->region, "us-east-1");
    EXPECT_EQ(find_address(s3("s3://data?endpoint=http://minio:9000&path_style=false"), with({}))->scheme_and_host,
              "http://data.minio:9000");
    EXPECT_EQ(find_address(s3("s3://data"), with({{"AWS_ENDPOINT_URL", "https://store.example/"}}))->scheme_and_host,
              "https://store.example");
}

}  // namespace
}  // namespace pinflow::objects
