// Stages, keys and limits as a client meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "gateway/answers.h"
#include "gateway/gateway_world.h"
#include "gateway/store_world.h"

namespace pinflow::gateway {
namespace {

using rest::header_of;
using testing::HasSubstr;
using testing::MatchesRegex;

const std::string key_of_alice = "alice-alice-alice-alice", key_of_bob = "bob-bob-bob-bob-bob-bob";
constexpr const char* forbidden = R"(403 {"message":"Forbidden"})";
constexpr const char* too_many = R"(429 {"message":"Too Many Requests"})";

class StagesTest : public GatewayTest {
  protected:
    void define(std::string_view text) {
        ASSERT_TRUE(disk_.make_directories("/data"));
        ASSERT_TRUE(replace_file(disk_, "/data/gateway.toml", text));
        auto store =
            Store::open(disk_, clock_, {"/data/gateway.toml", true, "/data/g/stored.toml", "/data/g/usage.json"});
        ASSERT_TRUE(store) << store.error().message;
        store_ = *store;
        staged_.emplace(rest_, kinesis_, GatewayOptions{.store = store_.get()});
    }
    net::Response ask(const std::string& target, const std::string& key = "", std::string method = "GET",
                      std::string body = "") {
        Headers headers;
        if (!key.empty()) headers.emplace_back("X-API-Key", key);
        exchange_.emplace(std::move(method), target, std::move(body), std::move(headers));
        staged_->handle(*exchange_);
        return with_headers_of_door(exchange_->wait(), &exchange_->request());
    }
    std::string told(const std::string& target, const std::string& key = "", std::string method = "GET",
                     std::string body = "") {
        const auto response = ask(target, key, std::move(method), std::move(body));
        return fmt::format("{} {}", response.status, response.body);
    }

    FaultyDisk disk_{3};
    SetClock clock_;
    std::shared_ptr<Store> store_;
    std::optional<Gateway> staged_;
    std::optional<rest::FakeExchange> exchange_;
};

TEST_F(StagesTest, OnlyTheStagesThatAreThereAreServed) {
    define("[stages.prod]\n[stages.v2]\n");
    EXPECT_EQ(told("/prod/topics"), "200 []");
    EXPECT_EQ(told("//prod//topics/"), "200 []");
    EXPECT_EQ(told("/%70rod/topics"), "200 []");
    EXPECT_EQ(told("/prod"), R"(403 {"message":"Missing Authentication Token"})");
    for (const char* path : {"/dev/topics", "/Prod/topics", "/topics", "/", "/prod2", "/streams", "/v3/clusters",
                             "/%zz/topics", "/consumers/g/instances/i"})
        EXPECT_EQ(told(path), forbidden) << path;
    EXPECT_EQ(told("/", "", "POST", "{}"), forbidden);
    EXPECT_EQ(header_of(ask("/dev/topics"), "x-amzn-ErrorType"), "ForbiddenException");
    EXPECT_EQ(ask("/dev/topics", "", "OPTIONS").status, 200);
}

TEST_F(StagesTest, WhatComesWithoutAStageIsServedWhereThatIsSaid) {
    define("direct = true\n[stages.prod]\napi_key_required = true\n");
    EXPECT_EQ(told("/topics"), "200 []");
    EXPECT_EQ(told("/prod/topics"), forbidden);
    EXPECT_EQ(told("/dev/topics"), forbidden);
}

TEST_F(StagesTest, WithoutStagesAnyNameIsOneAndNobodyNeedsAKey) {
    define("[keys.a]\nvalue = \"" + key_of_alice + "\"\n[plans.p]\n");
    EXPECT_EQ(told("/anything/topics"), "200 []");
    EXPECT_EQ(told("/topics"), "200 []");
    EXPECT_THAT(told("/nothing"), HasSubstr(R"(404 {"error_code":404)"));
}

TEST_F(StagesTest, AKeyIsGoodForTheStagesOfItsPlan) {
    define(
        "[stages.prod]\napi_key_required = true\n[stages.test]\napi_key_required = true\n[stages.open]\n"
        "[plans.p]\nstages = [\"prod\"]\n"
        "[keys.a]\nplan = \"p\"\nvalue = \"" +
        key_of_alice + "\"\n[keys.b]\nvalue = \"" + key_of_bob +
        "\"\n"
        "[keys.off]\nenabled = false\nvalue = \"off-off-off-off-off-off\"\n");
    EXPECT_EQ(told("/prod/topics"), forbidden);
    EXPECT_EQ(told("/prod/topics", key_of_alice), "200 []");
    EXPECT_EQ(told("/test/topics", key_of_alice), forbidden);
    EXPECT_EQ(told("/test/topics", key_of_bob), "200 []");
    EXPECT_EQ(told("/prod/topics", key_of_alice + "x"), forbidden);
    EXPECT_EQ(told("/prod/topics", "off-off-off-off-off-off"), forbidden);
    EXPECT_EQ(told("/open/topics", "whatever"), "200 []");
    EXPECT_EQ(header_of(ask("/prod/topics"), "x-amzn-RequestId").size(), 36u);
}

TEST_F(StagesTest, BucketsOfKeyStageAndAccount) {
    define(
        "[account]\nrate = 1\nburst = 6\n[stages.prod]\napi_key_required = true\nrate = 1\nburst = 4\n[stages.open]\n"
        "[plans.p]\nrate = 1\nburst = 2\n"
        "[keys.a]\nplan = \"p\"\nvalue = \"" +
        key_of_alice + "\"\n[keys.b]\nvalue = \"" + key_of_bob + "\"\n");
    const auto served = [&](const std::string& target, const std::string& key) {
        int count = 0;
        while (told(target, key) == "200 []") ++count;
        EXPECT_EQ(told(target, key), too_many);
        return count;
    };
    EXPECT_EQ(served("/prod/topics", key_of_alice), 2) << "the key's plan";
    EXPECT_EQ(served("/prod/topics", key_of_bob), 2) << "what is left of the stage's four";
    EXPECT_EQ(served("/open/topics", ""), 2) << "what is left of all six";
    EXPECT_EQ(header_of(ask("/open/topics"), "x-amzn-ErrorType"), "TooManyRequestsException");
    clock_.steady += 1000;
    EXPECT_EQ(served("/prod/topics", key_of_alice), 1);
}

TEST_F(StagesTest, BucketsOfMethods) {
    define(R"([account]
rate = 1
burst = 20
[stages.prod]
api_key_required = true
rate = 1
burst = 12
methods = { "*/*" = { rate = 1, burst = 5 }, "/streams/{stream-name}/record/PUT" = { rate = 1, burst = 3 } }
[plans.p]
rate = 1
burst = 6
methods = { "prod/{proxy+}/GET" = { rate = 1, burst = 2 }, "prod/streams/GET" = { rate = 1, burst = 9 } }
[keys.a]
plan = "p"
value = ")" +
           key_of_alice + "\"\n[keys.b]\nvalue = \"" + key_of_bob + "\"\n");
    const auto served = [&](const std::string& target, const std::string& key, const std::string& method = "GET") {
        int count = 0;
        while (told(target, key, method) != too_many) ++count;
        return count;
    };
    EXPECT_EQ(served("/prod/topics", key_of_alice), 2) << "of the key and the method";
    EXPECT_EQ(served("/prod/topics/a/partitions", key_of_alice), 0) << "the same method";
    EXPECT_EQ(served("/prod/streams", key_of_alice), 4) << "what is left of the key's six";
    EXPECT_EQ(served("/prod/streams", key_of_bob), 1) << "what is left of the method's five";
    EXPECT_EQ(served("/prod/streams/s/record", key_of_bob, "PUT"), 3) << "of the method that is named";
    EXPECT_EQ(served("/prod/streams/s/record", key_of_bob, "POST"), 2) << "what is left of the stage's twelve";
    EXPECT_EQ(header_of(ask("/prod/streams", key_of_bob), "x-amzn-ErrorType"), "TooManyRequestsException");
    clock_.steady += 1000;
    EXPECT_EQ(served("/prod/streams", key_of_alice), 1);
}

TEST_F(StagesTest, AQuotaCountsWhatWasLetThrough) {
    define(
        "[stages.prod]\napi_key_required = true\nrate = 1\nburst = 3\n[plans.p]\nquota = 4\nperiod = \"DAY\"\n"
        "[keys.a]\nplan = \"p\"\nvalue = \"" +
        key_of_alice + "\"\n");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(told("/prod/topics", key_of_alice), "200 []");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(told("/prod/topics", key_of_alice), too_many);
    clock_.steady += 3000;
    EXPECT_EQ(told("/prod/topics", key_of_alice), "200 []");
    EXPECT_EQ(told("/prod/topics", key_of_alice), R"(429 {"message":"Limit Exceeded"})");
    EXPECT_EQ(header_of(ask("/prod/topics", key_of_alice), "x-amzn-ErrorType"), "LimitExceededException");
    clock_.wall += 86'400'000;
    clock_.steady += 86'400'000;
    EXPECT_EQ(told("/prod/topics", key_of_alice), "200 []");
}

TEST_F(StagesTest, BodiesAndTheTimeToAnswerAreBounded) {
    define("[stages.prod]\nmax_body_bytes = 10\ntimeout_ms = 1234\n");
    EXPECT_THAT(told("/prod/streams/s", "", "POST", R"({"a":1})"), HasSubstr("200"));
    EXPECT_EQ(exchange_->timeout(), std::chrono::milliseconds(1234));
    EXPECT_EQ(told("/prod/streams/s", "", "POST", R"({"abcd":1} )"), R"(413 {"message":"Request Too Long"})");
    const auto late = staged_->error_response(504, "no answer in time", &exchange_->request());
    EXPECT_EQ(late.body, R"({"message":"Endpoint request timed out"})");
    EXPECT_EQ(header_of(late, "x-amzn-ErrorType"), "InternalServerErrorException");
}

TEST_F(StagesTest, AnswersCanLookOtherwise) {
    define(R"([stages.prod]
api_key_required = true
[stages.open]
[responses.INVALID_API_KEY]
status = 401
template = '{"say":$context.error.messageString,"type":"$context.error.responseType","id":"$context.requestId"}'
headers = { "X-Why" = "no key" }
[responses.DEFAULT_4XX]
template = "$context.error.message at $context.stage$context.resourcePath ($context.nothing) by $context.httpMethod."
)");
    auto response = ask("/prod/topics");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, fmt::format(R"({{"say":"Forbidden","type":"INVALID_API_KEY","id":"{}"}})",
                                         header_of(response, "x-amzn-RequestId")));
    EXPECT_EQ(header_of(response, "X-Why"), "no key");
    EXPECT_EQ(header_of(response, "x-amzn-ErrorType"), "ForbiddenException");
    EXPECT_EQ(told("//open/nothing/%22", "", "PUT"), "403 Missing Authentication Token at open/nothing/%22 () by PUT.");
    EXPECT_THAT(told("/open/streams/s/record", "", "PUT", "{"), MatchesRegex("400 Could not parse request body .*"));
    EXPECT_EQ(told("/dev/topics"), forbidden) << "not of any type";
    EXPECT_THAT(told("/open/topics/nothing"), HasSubstr("40401")) << "the door's own errors are its own";
}

TEST_F(StagesTest, VariablesOfTemplates) {
    define(R"([stages.prod]
[responses.DEFAULT_4XX]
template = "$context.identity.sourceIp $context.identity.userAgent $context.protocol $context.requestTime $context.requestTimeEpoch $context.path $context.extendedRequestId $context $contextual"
)");
    rest::FakeExchange exchange("GET", "/prod/x\"y", "", {{"User-Agent", "a \"b\""}});
    staged_->handle(exchange);
    EXPECT_THAT(exchange.wait().body,
                MatchesRegex(R"(127\.0\.0\.1 a \\"b\\" HTTP/1\.1 02/Jan/2026:03:04:05 \+0000 1767323045678 )"
                             R"(/prod/x\\"y [A-Za-z0-9_-]{15}= \$context \$contextual)"));
}

TEST_F(StagesTest, LinesOfTheAccessLog) {
    define(R"([stages.prod]
access_log = "$context.stage $context.status $context.error.responseType: $context.error.message $context.error.validationErrorString $context.responseLength $context.responseLatency $context.requestTimeEpoch $context.nothing $stageVariables.a"
[stages.plain]
)");
    const auto line = [&](const std::string& target, const net::Response& answer) {
        const rest::FakeExchange exchange("GET", target);
        std::string out;
        const net::AccessLog::Line about{.request = &exchange.request(),
                                         .peer = "",
                                         .version = "HTTP/1.0",
                                         .status = 429,
                                         .note = answer.note,
                                         .held = answer.held.get(),
                                         .body_bytes = 31,
                                         .wall_ms = 5000,
                                         .millis_taken = 7};
        return staged_->format_access(out, about) ? out : "none";
    };
    EXPECT_EQ(line("/prod/topics", gateway_error(ResponseType::throttled)),
              "prod 429 THROTTLED: Too Many Requests - 31 7 4993 - $stageVariables.a");
    EXPECT_EQ(line("/prod/topics", gateway_error(ResponseType::bad_request_body, "Invalid", 0, "[\"a\" is missing]")),
              R"(prod 429 BAD_REQUEST_BODY: Invalid [\"a\" is missing] 31 7 4993 - $stageVariables.a)");
    EXPECT_EQ(line("/prod/topics", {}), "prod 429 -: - - 31 7 4993 - $stageVariables.a");
    EXPECT_EQ(line("/plain/topics", {}), "none");
    EXPECT_EQ(line("/topics", {}), "none");
}

}  // namespace
}  // namespace pinflow::gateway
