#include "openapi/versions.h"

#include <gtest/gtest.h>

#include "openapi/built_in_api.h"
#include "openapi/places.h"
#include "openapi/test_files.h"

namespace pinflow::openapi {
namespace {

TEST(Versions, Swagger2BecomesOpenApi3) {
    const Json made = definition_of(test_file("rest_proxy_swagger.json"));
    EXPECT_EQ(made.text_or("openapi"), "3.0.1");
    EXPECT_EQ(stage_of(made), "dev");
    EXPECT_EQ(made.find("servers")->list()->front().text_or("url"),
              "https://og8x7abcde.execute-api.us-east-1.amazonaws.com/{basePath}");
    const Json& any = *made.find("paths")->find("/{proxy+}")->find("x-amazon-apigateway-any-method");
    EXPECT_EQ(any.find("parameters")->compact(),
              R"([{"name":"proxy","in":"path","required":true,"schema":{"type":"string"}}])");
    const Json& answer = *made.find("paths")->find("/{proxy+}")->find("options")->find("responses")->find("200");
    EXPECT_EQ(answer.find("content")->compact(),
              R"({"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}})");
    EXPECT_EQ(answer.find("headers")->find("Access-Control-Allow-Origin")->compact(),
              R"({"schema":{"type":"string"}})");
}

TEST(Versions, ThereAndBackIsTheSame) {
    for (const char* name : {"kinesis_proxy_oas30.json", "rest_proxy_swagger.json", "mixed.yaml"}) {
        const Json first = definition_of(test_file(name));
        const Json back = as_openapi3(as_swagger2(first)).value();
        EXPECT_EQ(as_swagger2(back), as_swagger2(first)) << name;
        const auto before = Api::read(first, known_in_tests), after = Api::read(back, known_in_tests);
        ASSERT_TRUE(before && after);
        ASSERT_EQ((*before)->resources().size(), (*after)->resources().size());
        for (size_t i = 0; i < (*before)->resources().size(); ++i) {
            const Resource &a = (*before)->resources()[i], &b = (*after)->resources()[i];
            ASSERT_EQ(a.methods.size(), b.methods.size());
            for (size_t m = 0; m < a.methods.size(); ++m) {
                EXPECT_EQ(a.methods[m].served_by, b.methods[m].served_by);
                EXPECT_EQ(a.methods[m].unserved.empty(), b.methods[m].unserved.empty());
                EXPECT_EQ(a.methods[m].required.size(), b.methods[m].required.size());
            }
        }
    }
}

TEST(Versions, WhatMethodsOfSwagger2ShareIsKept) {
    const Json made = definition_of(R"({"swagger":"2.0","produces":["text/plain"],
        "parameters":{"Body":{"in":"body","name":"b","schema":{"type":"object"}},"Q":{"in":"query","name":"q","type":"string",
                      "allowEmptyValue":true},"F":{"in":"formData","name":"f","type":"string"}},
        "responses":{"Bad":{"description":"no","schema":{"type":"string"},"headers":{"X":{"type":"integer"}}}},
        "paths":{"/a":{"post":{"parameters":[{"$ref":"#/parameters/Body"},{"$ref":"#/parameters/Q"},{"$ref":"#/parameters/F"}],
                               "responses":{"400":{"$ref":"#/responses/Bad"}}}}}})");
    const Json& post = *at(made, "/paths/~1a/post");
    EXPECT_EQ(post.find("requestBody")->compact(), R"({"content":{"application/json":{"schema":{"type":"object"}}}})");
    EXPECT_EQ(post.find("parameters")->compact(), R"([{"$ref":"#/components/parameters/Q"}])");
    EXPECT_EQ(post.find("responses")->compact(), R"({"400":{"$ref":"#/components/responses/Bad"}})");
    EXPECT_EQ(
        at(made, "/components/responses/Bad")->compact(),
        R"({"description":"no","headers":{"X":{"schema":{"type":"integer"}}},"content":{"text/plain":{"schema":{"type":"string"}}}})");
    EXPECT_EQ(at(made, "/components/parameters")->compact(),
              R"({"Q":{"name":"q","in":"query","allowEmptyValue":true,"schema":{"type":"string"}}})");
    const Json back = as_swagger2(made);
    EXPECT_EQ(at(back, "/responses/Bad")->compact(),
              R"({"description":"no","schema":{"type":"string"},"headers":{"X":{"type":"integer"}}})");
    EXPECT_EQ(at(back, "/parameters/Q")->compact(),
              R"({"name":"q","in":"query","allowEmptyValue":true,"type":"string"})");
}

TEST(Versions, BodiesThatOpenApi3SharesAreKeptInSwagger2) {
    const Json back = as_swagger2(definition_of(
        R"({"openapi":"3.0.1","paths":{"/a":{"post":{"requestBody":{"$ref":"#/components/requestBodies/B"}}}},)"
        R"("components":{"requestBodies":{"B":{"content":{"text/plain":{"schema":{"type":"string"}}}}}}})"));
    EXPECT_EQ(at(back, "/paths/~1a/post")->compact(),
              R"({"consumes":["text/plain"],"parameters":[{"in":"body","name":"body","schema":{"type":"string"}}]})");
}

TEST(Versions, SecuritySchemesThereAndBack) {
    const std::string schemes =
        R"({"app":{"type":"oauth2","flow":"application","tokenUrl":"https://t","scopes":{"a":"A"}},)"
        R"("code":{"type":"oauth2","description":"d","flow":"accessCode",)"
        R"("authorizationUrl":"https://a","tokenUrl":"https://t","scopes":{}},)"
        R"("basic":{"type":"basic"},"key":{"type":"apiKey","name":"x-api-key","in":"header"}})";
    const Json made =
        definition_of(R"({"swagger":"2.0","securityDefinitions":)" + schemes +
                      R"(,"paths":{"/a":{"get":{"security":[{"app":["a"]}]},"put":{"security":[{"code":[]}]}}}})");
    EXPECT_EQ(at(made, "/components/securitySchemes/app")->compact(),
              R"({"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://t","scopes":{"a":"A"}}}})");
    EXPECT_EQ(at(made, "/components/securitySchemes/code/flows/authorizationCode/authorizationUrl")->compact(),
              R"("https://a")");
    const Json back = as_swagger2(made);
    for (const char* name : {"app", "code", "basic", "key"})
        EXPECT_EQ(as_openapi3(back)->find("components")->find("securitySchemes")->find(name)->compact(),
                  at(made, std::string("/components/securitySchemes/") + name)->compact());
    EXPECT_EQ(at(back, "/securityDefinitions/app")->compact(),
              R"({"type":"oauth2","flow":"application","tokenUrl":"https://t","scopes":{"a":"A"}})");
    EXPECT_EQ(at(back, "/securityDefinitions/basic")->compact(), R"({"type":"basic"})");
    EXPECT_EQ(at(back, "/paths/~1a/get/security")->compact(), R"([{"app":["a"]}])");
    EXPECT_TRUE(left_out_of_swagger2(made).empty());
}

TEST(Versions, WhatSwagger2HasNoWordsForIsTold) {
    const Json definition = definition_of(R"({"openapi":"3.0.1","paths":{"/a":{
        "parameters":[{"in":"query","name":"q"},{"in":"cookie","name":"c"}],
        "get":{"security":[{"bearer":[]}],"callbacks":{},"requestBody":{"content":{
            "a/b":{"schema":{"type":"string"}},"a/c":{"schema":{"type":"integer"}},"a/d":{"schema":{"type":"string"}}}},
            "responses":{"200":{"links":{},"content":{"a/b":{"example":1}}}}}}},
        "components":{"examples":{},"parameters":{"C":{"in":"cookie","name":"e"}},"securitySchemes":{
            "bearer":{"type":"http","scheme":"bearer"},"id":{"type":"openIdConnect","openIdConnectUrl":"https://i"},
            "two":{"type":"oauth2","flows":{"implicit":{"authorizationUrl":"https://a","refreshUrl":"https://r"},
                   "password":{"tokenUrl":"https://t"}}}}}})");
    std::vector<std::string> told;
    for (const Finding& finding : left_out_of_swagger2(definition)) {
        EXPECT_FALSE(finding.unserved);
        told.push_back(finding.place + ": " + finding.what);
    }
    EXPECT_EQ(told,
              (std::vector<std::string>{
                  "/paths/~1a/parameters/1: the cookie c", "/paths/~1a/get/callbacks: callbacks of a method",
                  "/paths/~1a/get/requestBody/content/a~1c/schema: the schema for a/c",
                  "/paths/~1a/get/responses/200/links: links of an answer",
                  "/paths/~1a/get/responses/200/content/a~1b/example: example of a body",
                  "/components/examples: examples that methods share", "/components/parameters/C: the cookie e",
                  "/components/securitySchemes/bearer: the security scheme bearer, http bearer",
                  "/components/securitySchemes/id: the security scheme id, openIdConnect ",
                  "/components/securitySchemes/two/flows/password: the flow password of the security scheme two",
                  "/components/securitySchemes/two/flows/implicit/refreshUrl: the flow implicit/refreshUrl of the "
                  "security scheme two"}));
    const Json back = as_swagger2(definition);
    EXPECT_EQ(at(back, "/securityDefinitions")->compact(),
              R"({"two":{"type":"oauth2","flow":"implicit","authorizationUrl":"https://a","scopes":{}}})");
    EXPECT_EQ(at(back, "/paths/~1a/get/security")->compact(), R"([{"bearer":[]}])") << "still asked for";
}

TEST(Versions, WhatIsLeftOutOfSwagger2IsTold) {
    const Json document = read_document(R"({"swagger":"2.0","surplus":1,"x-mine":1,
        "parameters":{"F":{"in":"formData","name":"f"}},"responses":{"R":{"examples":{}}},
        "paths":{"/a":{"parameters":[{"in":"query","name":"p","collectionFormat":"csv"}],
                       "post":{"schemes":["http"],"parameters":[{"in":"body"},{"in":"formData","name":"g"}],
                               "responses":{"200":{"examples":{}}}}}}})")
                              .value();
    std::vector<std::string> told;
    for (const Finding& finding : left_out(document)) told.push_back(finding.place + " " + finding.what);
    EXPECT_EQ(told,
              (std::vector<std::string>{"/surplus the member surplus", "/parameters/F the form field f",
                                        "/responses/R/examples examples of an answer",
                                        "/paths/~1a/parameters/0/collectionFormat how the parameter p lists values",
                                        "/paths/~1a/post/parameters/1 the form field g",
                                        "/paths/~1a/post/schemes schemes of one method",
                                        "/paths/~1a/post/responses/200/examples examples of an answer"}));
    EXPECT_TRUE(left_out(definition_of(test_file("mixed.yaml"))).empty());
    EXPECT_TRUE(left_out(read_document(test_file("rest_proxy_swagger.json")).value()).empty());
}

TEST(Versions, Stages) {
    const auto stage = [](const std::string& servers) {
        return stage_of(parse_json_tree(R"({"servers":)" + servers + "}", {}).value());
    };
    EXPECT_EQ(stage(R"([{"url":"https://h.example/{basePath}","variables":{"basePath":{"default":"/dev"}}}])"), "dev");
    EXPECT_EQ(stage(R"([{"url":"https://h.example/prod/"}])"), "prod");
    EXPECT_EQ(stage(R"([{"url":"https://h.example"}])"), "");
    EXPECT_EQ(stage("[]"), "");
    const Json moved = at_stage(definition_of(test_file("kinesis_proxy_oas30.json")), "other");
    EXPECT_EQ(stage_of(moved), "other");
    EXPECT_TRUE(moved.find("servers")->list()->front().text_or("url").starts_with("https://a1b2c3d4e5.execute-api"));
}

TEST(Versions, WhatIsNoDefinitionIsRefused) {
    const auto refused = [](const std::string& text) {
        const auto made = as_openapi3(parse_json_tree(text, {}).value());
        return made ? std::string("taken") : made.error().message;
    };
    EXPECT_TRUE(refused("{}").contains("neither OpenAPI 3.0"));
    EXPECT_TRUE(refused(R"({"openapi":"3.1.0","paths":{}})").contains("neither OpenAPI 3.0"));
    EXPECT_TRUE(refused(R"({"swagger":"2.0"})").contains("/paths"));
    EXPECT_TRUE(refused(R"({"openapi":"3.0.1","paths":[]})").contains("/paths"));
    EXPECT_TRUE(refused(R"({"openapi":"3.0.1","paths":{"a":{}}})").contains("no path with methods"));
    EXPECT_TRUE(refused(R"({"openapi":"3.0.1","paths":{"/a":1}})").contains("no path with methods"));
    std::string many = R"({"openapi":"3.0.1","paths":{)";
    for (int i = 0; i < 301; ++i) many += fmt::format("{}\"/{}\":{{}}", i == 0 ? "" : ",", i);
    EXPECT_TRUE(refused(many + "}}").contains("301 resources, 300 are taken"));
    EXPECT_EQ(refused(R"({"swagger":"2.0","paths":{"/a":{"get":1,"parameters":{}}}})"), "taken");
}

TEST(Versions, TheBuiltInRoutesAreADefinition) {
    const auto api = Api::read(at_stage(built_in_api(), "dev"), known_in_tests);
    ASSERT_TRUE(api) << api.error().message;
    EXPECT_TRUE((*api)->findings().empty());
    EXPECT_EQ((*api)->resources().size(), 6u);
}

}  // namespace
}  // namespace pinflow::openapi
