#include "openapi/api.h"

#include <gtest/gtest.h>

#include "openapi/test_files.h"

namespace pinflow::openapi {
namespace {

std::string shown(const Api& api, std::vector<std::string_view> segments) {
    const auto match = api.match(segments);
    if (!match) return "nothing";
    std::string out = match->resource->path;
    for (size_t i = 0; i < match->count; ++i) {
        out += " " + match->resource->names[i] + "=";
        for (const std::string_view segment : match->values[i]) out += std::string(segment) + "/";
    }
    return out;
}

std::string with_paths(const std::string& paths) {
    return R"({"openapi":"3.0.1","paths":{)" + paths + "}}";
}

TEST(Api, MatchesTheMostExactPath) {
    const auto api =
        api_of(with_paths(R"("/":{},"/a":{},"/a/{x}":{},"/a/{y}/b":{},"/a/c":{},"/{proxy+}":{},"/a/c/{rest+}":{})"));
    EXPECT_EQ(shown(*api, {}), "/");
    EXPECT_EQ(shown(*api, {"a"}), "/a");
    EXPECT_EQ(shown(*api, {"a", "c"}), "/a/c");
    EXPECT_EQ(shown(*api, {"a", "d"}), "/a/{x} x=d/");
    EXPECT_EQ(shown(*api, {"a", "c", "b"}), "/a/c/{rest+} rest=b/");
    EXPECT_EQ(shown(*api, {"a", "d", "b"}), "/a/{y}/b y=d/");
    EXPECT_EQ(shown(*api, {"a", "d", "e"}), "/{proxy+} proxy=a/d/e/");
    EXPECT_EQ(shown(*api_of(with_paths(R"("/a/{x}":{})")), {"b"}), "nothing");
}

TEST(Api, TheTutorialsDefinitionIsServedWhole) {
    const auto api = api_of(test_file("kinesis_proxy_oas30.json"));
    EXPECT_TRUE(api->findings().empty()) << api->findings().front().place << api->findings().front().what;
    const auto match = api->match(std::vector<std::string_view>{"streams", "s", "record"});
    ASSERT_TRUE(match);
    ASSERT_NE(match->resource->method("PUT"), nullptr);
    EXPECT_EQ(match->resource->method("PUT")->served_by, "Kinesis PutRecord");
    EXPECT_EQ(match->resource->method("POST"), nullptr);
    const auto proxy = api_of(test_file("rest_proxy_swagger.json"));
    EXPECT_TRUE(proxy->findings().empty());
    const Resource& all = proxy->resources().front();
    EXPECT_TRUE(all.method("POST")->integration.direct);
    EXPECT_EQ(all.method("POST")->served_by, "REST Proxy /{proxy}");
    EXPECT_EQ(all.method("OPTIONS")->served_by, "mock");
}

TEST(Api, WhatCannotBeServedIsToldWithItsPlace) {
    const auto api = api_of(test_file("mixed.yaml"));
    std::vector<std::string> told;
    for (const Finding& finding : api->findings())
        told.push_back(fmt::format("{} {}: {}; {}", finding.unserved ? "501" : "note", finding.place, finding.what,
                                   finding.instead));
    const std::string place = "x-amazon-apigateway-integration";
    EXPECT_EQ(told, (std::vector<std::string>{
                        "501 /paths/~1pay/post/" + place + ": aws_proxy (Lambda); POST /pay answers 501",
                        "501 /paths/~1table/post/" + place + ": the service dynamodb; POST /table answers 501",
                        "501 /paths/~1secret/get: authorizer cognito; GET /secret answers 501",
                        "501 /paths/~1circle/get/" + place +
                            ": $ref #/components/x-integrations/a leads in a circle; GET /circle answers 501",
                        "501 /paths/~1bad-template/post/" + place +
                            "/requestTemplates/application~1json: the template, line 1: an #if has no #end; POST "
                            "/bad-template answers 501",
                        "note /paths/~1strict/post/requestBody/content/text~1x-id: the model cannot be validated by: "
                        "/paths/~1strict/post/requestBody/content/text~1x-id/schema/pattern: the pattern ^(?!none): "
                        "invalid perl operator: (?!; the body is passed on as it is",
                    }));
}

TEST(Api, OnlyTheFirstServerCounts) {
    const auto told = [](const std::string& servers) {
        const auto api = api_of(R"({"openapi":"3.0.1","servers":[)" + servers + R"(],"paths":{}})");
        return api->findings().empty() ? "" : api->findings().front().place;
    };
    EXPECT_EQ(told(R"({"url":"https://a/prod"})"), "");
    EXPECT_EQ(told(R"({"url":"https://a/prod"},{"url":"https://b/test"})"), "/servers");
}

std::string finding_of(const std::string& integration, const std::string& more = "") {
    const auto api = api_of(
        with_paths(R"("/a/{p}":{"post":{)" + more + R"("x-amazon-apigateway-integration":)" + integration + "}}"));
    return api->findings().empty() ? "" : api->findings().front().what;
}

TEST(Api, Integrations) {
    const auto http = [](const std::string& uri) {
        return finding_of(R"({"type":"http_proxy","uri":")" + uri + "\"}");
    };
    EXPECT_EQ(http("http://h:8082/topics/{p}"), "");
    EXPECT_EQ(http("https://h/{p}"), "");
    EXPECT_TRUE(http("http://h/pets").contains("/pets is no resource of the REST Proxy"));
    EXPECT_TRUE(http("ftp://h/topics").contains("the uri ftp"));
    EXPECT_TRUE(http("http://h/topics?x=1").contains("a query"));
    EXPECT_TRUE(http("http://h/topics/a{p}").contains("the uri"));
    const auto kinesis = [](const std::string& uri) {
        return finding_of(R"({"type":"AWS","responses":{"default":{}},"uri":"arn:aws:apigateway:)" + uri + "\"}");
    };
    EXPECT_EQ(kinesis("eu-west-1:kinesis:action/PutRecord"), "");
    EXPECT_EQ(kinesis("eu-west-1:kinesis:action/Nonsense"), "the Kinesis action Nonsense");
    EXPECT_TRUE(kinesis("eu-west-1:kinesis:path/x").contains("only kinesis:action"));
    EXPECT_EQ(kinesis("eu-west-1:s3:path/x"), "the service s3");
    EXPECT_EQ(finding_of(R"({"type":"vpc"})"), "an integration of the type vpc");
    EXPECT_EQ(finding_of("{}"), "an integration without a type");
    EXPECT_EQ(finding_of("7"), "an integration without a type");
    EXPECT_EQ(finding_of(R"({"type":"mock"})"), "an integration without responses");
    EXPECT_EQ(finding_of(R"({"type":"mock","responses":{"4[":{}}})"), "the selection pattern 4[: missing ]: [");
    EXPECT_EQ(finding_of(R"({"type":"mock","responses":{"default":{"statusCode":"x"}}})"), "a statusCode that is none");
    EXPECT_EQ(
        finding_of(
            R"({"type":"http_proxy","uri":"http://h/topics","requestParameters":{"integration.request.header.X":"method.request.cookie.a"}})"),
        "a parameter cannot come from method.request.cookie.a");
    EXPECT_EQ(finding_of(R"({"$ref":"other.json"})"), "$ref other.json leads to another file");
    EXPECT_EQ(finding_of(R"({"type":"mock","responses":{"default":{}}})",
                         R"("x-amazon-apigateway-auth":{"type":"AWS_IAM"},)"),
              "authentication by AWS_IAM");
    EXPECT_EQ(finding_of(R"({"type":"mock","responses":{"default":{}}})", R"("security":[{"nowhere":[]}],)"),
              "authorizer nowhere");
}

TEST(Api, PathsThatCannotBeMatchedAreRefused) {
    for (const char* path : {"/a/{x+}/b", "/a{x}", "/{}", "/{a}{b}", "/1/2/3/4/5/6/7/8/9/10/11/12"})
        EXPECT_FALSE(Api::read(definition_of(with_paths(fmt::format("\"{}\":{{}}", path))), known_in_tests)) << path;
    EXPECT_FALSE(Api::read(definition_of(with_paths(R"("/a":{},"/a/":{})")), known_in_tests));
    EXPECT_FALSE(Api::read(definition_of(with_paths(R"("/a":{"get":1})")), known_in_tests));
}

}  // namespace
}  // namespace pinflow::openapi
