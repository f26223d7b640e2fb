// Requests of a stage with an imported API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/imported_world.h"

namespace pinflow::gateway {
namespace {

using rest::header_of;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ImportedTest, TheTutorialsKinesisProxyAnswersAsTheBuiltInRoutesDo) {
    import("kinesis_proxy_oas30.json", "test");
    EXPECT_EQ(told("POST", "/test/streams/s", R"({"ShardCount":1})"), "200 ");
    const std::string one = R"({"StreamName":"x","Data":{"a": "ü"},"PartitionKey":"p"})";
    EXPECT_THAT(told("PUT", "/test/streams/s/record", one), HasSubstr(R"("ShardId":"shardId-000000000000")"));
    EXPECT_THAT(told("PUT", "/other/streams/s/record", one), StartsWith("200 {"));
    const std::string many = R"({"records":[{"data":"t","partition-key":"p"},{"data":{"k":1},"partition-key":"q"}]})";
    EXPECT_THAT(told("PUT", "/test/streams/s/records", many), StartsWith(R"(200 {"FailedRecordCount":0)"));
    EXPECT_THAT(told("PUT", "/other/streams/s/records", many), StartsWith("200 {"));
    EXPECT_EQ(world_.values("s"),
              (std::vector<std::string>{R"({"a":"ü"})", R"({"a":"ü"})", "t", R"({"k":1})", "t", R"({"k":1})"}));
    EXPECT_EQ(told("GET", "/test/streams"), told("GET", "/other/streams"));
    EXPECT_EQ(told("GET", "/test/streams/s"), told("GET", "/other/streams/s"));
    EXPECT_EQ(told("GET", "/test/streams/none"), told("GET", "/other/streams/none"));
    EXPECT_EQ(told("PUT", "/test/streams/s/record", "[1"), told("PUT", "/other/streams/s/record", "[1"));
    EXPECT_EQ(told("PUT", "/test/streams/s/record", R"({"Data":1})"),
              told("PUT", "/other/streams/s/record", R"({"Data":1})"));
    const std::string iterator = told("GET", "/test/streams/s/sharditerator?shard-id=shardId-000000000000");
    ASSERT_THAT(iterator, StartsWith(R"(200 {"ShardIterator":")"));
    const std::string token = iterator.substr(22, iterator.size() - 24);
    EXPECT_THAT(told("GET", "/test/streams/s/records", "", {{"shard-iterator", token}}),
                HasSubstr(R"("PartitionKey":"q")"));
    EXPECT_EQ(told("DELETE", "/test/streams/s"), "200 ");
    // The service's pattern for faults, which this method alone has.
    EXPECT_THAT(told("DELETE", "/test/streams/s"), StartsWith(R"(400 {"__type":"ResourceNotFoundException")"));
}

TEST_F(ImportedTest, TheProxyOfTheRestDoor) {
    import("rest_proxy_swagger.json", "dev");
    const Headers json = {{"Content-Type", "application/vnd.kafka.json.v2+json"}};
    EXPECT_EQ(
        told("POST", "/dev/topics/a.pin", R"({"records":[{"value":{"i":1}}]})", json),
        R"(200 {"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
    EXPECT_EQ(told("GET", "/dev//topics/"), R"(200 ["a.pin"])");
    EXPECT_THAT(told("GET", "/dev/topics/none"), StartsWith("404 {\"error_code\":40401"));
    EXPECT_THAT(told("GET", "/dev/topics/a%2Epin"), StartsWith(R"(200 {"name":"a.pin")"));
    const auto cors = ask("OPTIONS", "/dev/topics/a");
    EXPECT_EQ(cors.status, 200);
    EXPECT_EQ(header_of(cors, "Access-Control-Allow-Methods"), "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT");
    EXPECT_EQ(header_of(cors, "Access-Control-Allow-Headers"),
              "Content-Type,Authorization,X-Amz-Date,X-Api-Key,X-Amz-Security-Token");
    EXPECT_EQ(told("GET", "/dev"), R"(403 {"message":"Missing Authentication Token"})");
    EXPECT_EQ(told("GET", "/dev/%zz"),
              R"(400 {"message":"The path has a '%' without two hexadecimal digits behind it."})");
    EXPECT_EQ(told("GET", "/dev/1/2/3/4/5/6/7/8/9/10/11/12"), R"(403 {"message":"Missing Authentication Token"})");
    EXPECT_THAT(told("GET", "/topics"), StartsWith("200")) << "what has no import is as it was";
}

TEST_F(ImportedTest, MappedRequestsAndAnswers) {
    import("mixed.yaml", "mixed");
    EXPECT_EQ(told("POST", "/mixed/events/t", R"({"a": 1})"), R"(202 {"offset":0})");
    EXPECT_EQ(header_of(ask("POST", "/mixed/events/t", "{}"), "X-Offset"), "1");
    EXPECT_EQ(world_.values("t"), (std::vector<std::string>{R"({"a":1})", "{}"}));
    EXPECT_THAT(told("POST", "/mixed/events/t%20t", "{}"), StartsWith("422 "))
        << "a fault that default takes stays one";
    EXPECT_THAT(told("POST", "/mixed/events/t", "{"),
                StartsWith(R"(400 {"error":"Could not parse request body into json: )"));
    EXPECT_THAT(told("POST", "/mixed/pay"),
                StartsWith("501 {\"message\":\"This method was imported but cannot be served: aws_proxy"));
    EXPECT_THAT(told("GET", "/mixed/secret"), StartsWith("501 "));
    const auto unknown = ask("GET", "/mixed/nothing");
    EXPECT_EQ(unknown.body, R"({"error":"Missing Authentication Token","type":"MISSING_AUTHENTICATION_TOKEN"})");
    EXPECT_EQ(header_of(unknown, "X-Gateway"), "mine");
    EXPECT_EQ(told("GET", "/else/nothing"), R"(403 {"message":"Missing Authentication Token"})");
}

TEST_F(ImportedTest, RequiredParametersAndMediaTypes) {
    import("mixed.yaml", "mixed");
    const Headers from = {{"x-from", "me"}};
    EXPECT_EQ(told("POST", "/mixed/strict", R"({"code":200})"),
              R"(400 {"error":"Missing required request parameters: [who, X-From]","type":"BAD_REQUEST_PARAMETERS"})");
    EXPECT_EQ(told("POST", "/mixed/strict?who=a", R"({"code":200})", from), "200 ");
    EXPECT_EQ(told("POST", "/mixed/strict?who=a+b", R"({"code":404})", from), "409 no, a b");
    EXPECT_EQ(header_of(ask("POST", "/mixed/strict?who=a", R"({"code":404})", from), "Content-Type"), "text/plain");
    Headers text = from;
    text.emplace_back("Content-Type", "text/csv; charset=utf-8");
    EXPECT_EQ(told("POST", "/mixed/strict?who=a", "x", text), R"(400 {"message":"Unsupported Media Type"})");
    EXPECT_EQ(told("POST", "/mixed/strict?who=a", R"({"code":"x"})", from),
              R"(500 {"message":"Internal server error"})");
}

TEST_F(ImportedTest, KeysByMethodAndStageVariables) {
    open(
        "[stages.mixed]\n[stages.mixed.variables]\ncolour = \"blue\"\n[keys.k]\nvalue = \"alice-alice-alice-alice\"\n");
    import("mixed.yaml", "mixed");
    EXPECT_EQ(told("GET", "/mixed/keyed/a"), R"(403 {"error":"Forbidden","type":"INVALID_API_KEY"})");
    const auto let_in = ask("GET", "/mixed/keyed/a%22b", "", {{"x-api-key", "alice-alice-alice-alice"}});
    EXPECT_EQ(let_in.status, 201);
    EXPECT_EQ(let_in.body, R"({"what":"a"b","stage":"mixed","v":"blue"})");
    EXPECT_EQ(header_of(let_in, "X-What"), "fixed");
    import("rest_proxy_swagger.json", "more");
    EXPECT_EQ(told("GET", "/more/topics"), "200 []") << "an imported API is there, though its stage is not laid down";
    EXPECT_EQ(told("GET", "/other/topics"), R"(403 {"message":"Forbidden"})");
}

TEST_F(ImportedTest, FaultsAsTheCloudMapsThem) {
    const std::string put =
        R"({"type":"aws","uri":"arn:aws:apigateway:r:kinesis:action/DescribeStream",)"
        R"("requestTemplates":{"application/json":"{\"StreamName\":\"none\"}"},"responses":{"default":{"statusCode":"200"}}})";
    import_method(put);
    EXPECT_THAT(told("POST", "/s/m"), StartsWith("400 {\"__type\":\"ResourceNotFoundException\""));
    import_method(put, R"(,"x-pinflow-faults":"mapped")");
    EXPECT_THAT(told("POST", "/s/m"), StartsWith("200 {\"__type\":\"ResourceNotFoundException\""));
    import_method(
        R"({"type":"aws","uri":"arn:aws:apigateway:r:kinesis:action/ListStreams","responses":{"9..":{"statusCode":"200"}}})");
    EXPECT_EQ(told("POST", "/s/m", "{}"), R"(500 {"message":"Internal server error"})");
    import_method(
        R"({"type":"aws","uri":"arn:aws:apigateway:r:kinesis:action/ListStreams","responses":{"default":{"responseParameters":{)"
        R"("method.response.header.X-A":"integration.response.body.$.HasMoreStreams","method.response.header.X-B":"'a\r\nSet-Cookie: b'"}}}})");
    const auto answer = ask("POST", "/s/m", "{}");
    EXPECT_EQ(header_of(answer, "X-A"), "false");
    EXPECT_EQ(header_of(answer, "X-B"), "") << "no header ends a line";
}

TEST_F(ImportedTest, ImportsLastAndGo) {
    import("kinesis_proxy_oas30.json", "test");
    open("");
    EXPECT_THAT(told("GET", "/test/topics"), StartsWith("403"));
    EXPECT_EQ(store_->apis().at("test")->definition(),
              api_of(test_file("kinesis_proxy_oas30.json"), "test")->definition());
    ASSERT_TRUE(store_->remove_api("test"));
    EXPECT_THAT(told("GET", "/test/topics"), StartsWith("200"));
    EXPECT_EQ(store_->remove_api("test").error().code, Code::not_found);
    EXPECT_EQ(store_->rules(), nullptr);
    EXPECT_FALSE(store_->set_api("topics", api_of(test_file("mixed.yaml"), "topics")));
    open("");
    EXPECT_TRUE(store_->apis().empty());
    write_text(disk_, "/data/gateway/apis/bad.json", "{}");
    const auto store = Store::open(disk_, clock_, files_);
    ASSERT_FALSE(store);
    EXPECT_THAT(store.error().message, StartsWith("/data/gateway/apis/bad.json: "));
}

TEST_F(ImportedTest, WhatCannotBeStoredDoesNotCount) {
    import("rest_proxy_swagger.json", "dev");
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_EQ(store_->set_api("dev", api_of(test_file("kinesis_proxy_oas30.json"), "dev")).error().code,
              Code::disk_full);
    EXPECT_THAT(told("GET", "/dev/topics"), StartsWith("200"));
    disk_.limit_bytes(UINT64_MAX);
    open("");
    EXPECT_THAT(told("GET", "/dev/topics"), StartsWith("200"));
}

TEST_F(ImportedTest, GatewayResponsesTellOfTheRequestAndTheStage) {
    open("[stages.s]\nvariables = { colour = \"blue\" }\n");
    const auto api = api_of(R"v({"openapi":"3.0.1","x-amazon-apigateway-gateway-responses":{"DEFAULT_4XX":{
        "statusCode":"404","responseParameters":{
        "gatewayresponse.header.x-path":"method.request.path.petId",
        "gatewayresponse.header.x-query":"method.request.querystring.q",
        "gatewayresponse.header.x-header":"method.request.header.Accept",
        "gatewayresponse.header.x-kind":"context.error.responseType",
        "gatewayresponse.header.x-colour":"stageVariables.colour",
        "gatewayresponse.header.x-body":"method.request.body"},
        "responseTemplates":{"application/json":
        "{\"message\":$context.error.messageString,\"colour\":\"$stageVariables.colour.$stageVariables.none\"}"}}},
        "paths":{"/pets/{petId}":{"post":{"x-amazon-apigateway-integration":{"type":"mock",
        "responses":{"default":{"statusCode":"200"}}}}}}})v",
                            "s");
    ASSERT_EQ(api->findings().size(), 1u);
    EXPECT_THAT(api->findings().front().place, testing::EndsWith("/responseParameters/gatewayresponse.header.x-body"));
    ASSERT_TRUE(store_->set_api("s", api));
    const auto answer = ask("DELETE", "/s/pets/7?q=a%20b", "", {{"accept", "text/html"}});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.body, R"({"message":"Missing Authentication Token","colour":"blue."})");
    EXPECT_EQ(header_of(answer, "x-path"), "7");
    EXPECT_EQ(header_of(answer, "x-query"), "a b");
    EXPECT_EQ(header_of(answer, "x-header"), "text/html");
    EXPECT_EQ(header_of(answer, "x-kind"), "MISSING_AUTHENTICATION_TOKEN");
    EXPECT_EQ(header_of(answer, "x-colour"), "blue");
    const auto other = ask("GET", "/s/nowhere?q=a%0D%0AX:%20y");
    for (const char* name : {"x-path", "x-query", "x-header"})
        EXPECT_TRUE(std::ranges::none_of(other.headers, [&](const auto& header) { return header.first == name; }))
            << name;
}

}  // namespace
}  // namespace pinflow::gateway
