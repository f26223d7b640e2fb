// Request validators of imported APIs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/imported_world.h"

namespace pinflow::gateway {
namespace {

using rest::header_of;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* invalid = R"(400 {"message":"Invalid request body"})";

class ValidationTest : public ImportedTest {
  protected:
    // POST /m with that validator and body.
    void import_validated(const std::string& integration, const std::string& body, const std::string& more = "") {
        const std::string text =
            R"({"openapi":"3.0.1","x-amazon-apigateway-request-validators":{)"
            R"("all":{"validateRequestParameters":true,"validateRequestBody":true},"none":{}},)"
            R"("x-amazon-apigateway-request-validator":"all",)"
            R"("components":{"schemas":{"Pin":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"},)"
            R"("of":{"$ref":"#/components/schemas/Pin"}}}}},"paths":{"/m":{"post":{"requestBody":)" +
            body + R"(,"x-amazon-apigateway-integration":)" + integration + more + "}}}}";
        api_ = api_of(text, "s");
        ASSERT_TRUE(store_->set_api("s", api_));
    }
    std::string posted(const std::string& body, const std::string& type = "") {
        return told("POST", "/s/m", body, type.empty() ? Headers{} : Headers{{"Content-Type", type}});
    }

    const std::string mock_ =
        R"({"type":"mock","requestTemplates":{"application/json":"{\"statusCode\":200}"},"responses":{"default":{}}})";
    const std::string pin_ = R"({"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pin"}}}})";
    std::shared_ptr<const openapi::Api> api_;
};

TEST_F(ValidationTest, BodiesAreCheckedAgainstTheModelOfTheirType) {
    import_validated(mock_, pin_);
    EXPECT_TRUE(api_->findings().empty()) << api_->findings().front().what;
    EXPECT_THAT(posted(R"({"a":1,"of":{"a":2}})"), StartsWith("200"));
    for (const char* body : {R"({"a":"1"})", "{}", "", "[", "7", R"({"a":1,"of":{}})", R"({"a":1}x)"})
        EXPECT_EQ(posted(body), invalid) << body;
    EXPECT_EQ(posted("{}", "Application/JSON; charset=utf-8"), invalid);
    EXPECT_THAT(posted(R"({"statusCode":200})", "text/plain"), StartsWith("200"))
        << "no model for it: nothing is validated";
    EXPECT_EQ(header_of(ask("POST", "/s/m"), "x-amzn-ErrorType"), "BadRequestException");
    import_validated(mock_, R"({"content":{"$default":{"schema":{"type":"string"}},"text/plain":{"schema":{}}}})");
    EXPECT_EQ(posted(R"({"statusCode":200})", "application/x"), invalid);
    EXPECT_THAT(posted(R"({"statusCode":200})", "text/plain"), StartsWith("200"));
}

TEST_F(ValidationTest, AMethodsOwnValidatorGoesBeforeThatOfTheApi) {
    import_validated(mock_, pin_, R"(,"x-amazon-apigateway-request-validator":"none")");
    EXPECT_THAT(posted("{}"), StartsWith("200"));
    import_validated(mock_, pin_, R"(,"x-amazon-apigateway-request-validator":"nowhere")");
    EXPECT_THAT(posted("{}"), StartsWith("200"));
    ASSERT_EQ(api_->findings().size(), 1u);
    EXPECT_EQ(api_->findings().front().what, "there is no request validator nowhere");
}

TEST_F(ValidationTest, WhatIsWrongIsToldToTemplates) {
    open(R"([responses.BAD_REQUEST_BODY]
template = '{"message":$context.error.messageString,"why":"$context.error.validationErrorString"}'
[responses.BAD_REQUEST_PARAMETERS]
template = "$context.error.validationErrorString"
)");
    import_validated(mock_, pin_, R"(,"parameters":[{"name":"q","in":"query","required":true}])");
    EXPECT_EQ(posted(R"({"a":"x"})"), "400 Missing required request parameters: [q]");
    EXPECT_EQ(told("POST", "/s/m?q=%20", R"({"a":"x"})"), "400 Missing required request parameters: [q]") << "blank";
    EXPECT_EQ(told("POST", "/s/m?q=1", R"({"b":"x"})"),
              R"(400 {"message":"Invalid request body","why":"[object has missing required properties ([\"a\"])]"})");
    EXPECT_THAT(told("POST", "/s/m?q=1", ""), HasSubstr(R"("why":"[Unknown error parsing request body]")"));
}

TEST_F(ValidationTest, WhatGoesStraightToADoorIsCheckedBefore) {
    const std::string proxy = R"({"type":"http_proxy","httpMethod":"POST","uri":"http://h/topics/t"})";
    const std::string records =
        R"({"content":{"application/vnd.kafka.json.v2+json":{"schema":{"type":"object","required":["records"]}}}})";
    import_validated(proxy, records);
    const std::string type = "application/vnd.kafka.json.v2+json";
    EXPECT_THAT(posted(R"({"records":[{"value":1}]})", type), StartsWith(R"(200 {"offsets":[)"));
    EXPECT_EQ(posted(R"({"recards":[{"value":2}]})", type), invalid);
    EXPECT_EQ(world_.values("t"), std::vector<std::string>{"1"});
    const std::string put =
        R"({"type":"aws","uri":"arn:aws:apigateway:r:kinesis:action/ListStreams","responses":{"default":{}}})";
    import_validated(put, pin_);
    EXPECT_THAT(posted(R"({"a":1})"), HasSubstr("StreamNames"));
    EXPECT_EQ(posted("{}"), invalid);
}

TEST_F(ValidationTest, ParametersOfAMethodGoBeforeThoseOfItsPath) {
    const std::string text =
        R"({"openapi":"3.0.1","x-amazon-apigateway-request-validators":{"p":{"validateRequestParameters":true}},)"
        R"("x-amazon-apigateway-request-validator":"p","paths":{"/m":{"parameters":[)"
        R"({"name":"q","in":"query","required":true},{"name":"X-H","in":"header","required":true}],)"
        R"("post":{"parameters":[{"name":"q","in":"query"},{"name":"X-H","in":"header","required":true}],)"
        R"("x-amazon-apigateway-integration":)" +
        mock_ + "}}}}";
    ASSERT_TRUE(store_->set_api("s", api_of(text, "s")));
    EXPECT_EQ(posted("{}"), R"(400 {"message":"Missing required request parameters: [X-H]"})");
    EXPECT_THAT(told("POST", "/s/m", "{}", {{"x-h", "1"}}), StartsWith("200"));
}

TEST_F(ValidationTest, AModelThatCannotBeTakenIsToldAndNotAskedFor) {
    import_validated(mock_, R"x({"content":{"application/json":{"schema":{"pattern":"(?=a)"}}}})x");
    ASSERT_EQ(api_->findings().size(), 1u);
    const openapi::Finding& finding = api_->findings().front();
    const std::string place = "/paths/~1m/post/requestBody/content/application~1json";
    EXPECT_FALSE(finding.unserved);
    EXPECT_EQ(finding.place, place);
    EXPECT_EQ(finding.what, "the model cannot be validated by: " + place +
                                "/schema/pattern: the pattern (?=a): invalid perl operator: (?=");
    EXPECT_EQ(finding.instead, "the body is passed on as it is");
    EXPECT_THAT(posted("\"b\""), StartsWith("200"));
}

}  // namespace
}  // namespace pinflow::gateway
