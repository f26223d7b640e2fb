#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/definition_toml.h"

namespace pinflow::gateway {
namespace {

using testing::HasSubstr;

constexpr const char* whole = R"(
direct = true
[account]
rate = 10000
burst = 5000
[stages.prod]
description = "what people use"
api_key_required = true
rate = 0.5
burst = 3
max_body_bytes = 1048576
timeout_ms = 50
[stages.prod.methods."/topics/{a \"b\"}/POST"]
rate = 2.5
burst = 7
[stages.dev]
methods = { "*/*" = { rate = 1, burst = 2 } }
[plans.basic]
rate = 10
burst = 20
quota = 1000
period = "WEEK"
stages = ["prod", "dev"]
methods = { "prod/streams/GET" = { rate = 3, burst = 4 } }
[keys.a1]
name = "alice"
plan = "basic"
value = "abcdefghijklmnopqrst"
[keys.b2]
enabled = false
value_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
[responses.THROTTLED]
status = 503
template = '{"message":$context.error.messageString}'
headers = { "Retry-After" = "1" }
)";

std::string problem(std::string_view text) {
    const auto read = read_definition(text, "g.toml");
    if (!read) return read.error().message;
    const auto good = check(*read);
    return good ? "" : good.error().message;
}

TEST(Definition, SaysEverything) {
    const auto read = read_definition(whole, "g.toml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(check(*read));
    EXPECT_EQ(read->direct, true);
    EXPECT_EQ(read->account, (Throttle{10'000, 5000}));
    const Stage& prod = read->stages.at("prod");
    EXPECT_TRUE(prod.api_key_required);
    EXPECT_EQ(prod.throttle, (Throttle{0.5, 3}));
    EXPECT_EQ(prod.max_body_bytes, 1'048'576);
    EXPECT_EQ(prod.timeout_ms, 50);
    EXPECT_EQ(prod.place, "g.toml:6");
    EXPECT_EQ(read->stages.at("dev").timeout_ms, 29'000);
    EXPECT_EQ(prod.methods, (MethodThrottles{{"/topics/{a \"b\"}/POST", {2.5, 7}}}));
    EXPECT_EQ(read->stages.at("dev").methods, (MethodThrottles{{"*/*", {1, 2}}}));
    EXPECT_EQ(read->plans.at("basic").period, Period::week);
    EXPECT_EQ(read->plans.at("basic").methods, (MethodThrottles{{"prod/streams/GET", {3, 4}}}));
    EXPECT_EQ(read->keys.at("a1").value, key_hash("abcdefghijklmnopqrst"));
    EXPECT_EQ(read->keys.at("b2").value[31], std::byte{0xef});
    EXPECT_EQ(read->responses.at(ResponseType::throttled).status, 503);
}

TEST(Definition, IsWrittenAndReadAgainAsTheSame) {
    Definition definition = read_definition(whole, "").value();
    const std::string text = write_definition(definition);
    EXPECT_THAT(text, testing::Not(HasSubstr("abcdefghijklmnopqrst"))) << "a value is not kept";
    const auto again = read_definition(text, "");
    ASSERT_TRUE(again) << again.error().message << "\n" << text;
    EXPECT_EQ(*again, definition);
    EXPECT_EQ(write_definition(Definition{}).find('['), std::string::npos);
    definition.responses[ResponseType::throttled].body_template = "a\n\"b\" '''c''' \\ \t\u00e9";
    EXPECT_EQ(read_definition(write_definition(definition), "").value(), definition);
}

TEST(Definition, MistakesAreToldWithTheirLine) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"[stages.prod]\nrate = 1", "g.toml:1: [stages.prod] needs rate and burst, or none of them"},
        {"[stages.prod]\nrate = 1\nburst = 0", "g.toml:3: burst of [stages.prod] must be a whole number from 1"},
        {"[stages.prod]\nrate = 100000\nburst = 99", "g.toml:3: burst of [stages.prod] must be at least a thousandth"},
        {"[stages.prod]\nrate = 0.001\nburst = 2000000", "g.toml:3: burst of [stages.prod] takes more than"},
        {"[stages.prod]\nrate = \"fast\"\nburst = 9", "g.toml:2: rate of [stages.prod] must be a number from 0.001"},
        {"[stages.prod]\ntimeout_ms = 49", "g.toml:2: timeout_ms of [stages.prod] must be a whole number from 50 to"},
        {"[stages.prod]\napi_key_require = true", "did you mean api_key_required?"},
        {"[stages.prod]\napi_key_required = 1", "g.toml:2: api_key_required of [stages.prod] must be true or false"},
        {"[stages.\"a b\"]", "stage \"a b\": a name has 1 to 128 letters, digits, - and _"},
        {"[stages.topics]", "a stage cannot be named topics: that is a resource"},
        {"[stages.prod]\nmethods = 1", "g.toml:2: methods of [stages.prod] must be a table"},
        {"[stages.prod]\nmethods = { \"/a/GET\" = 1 }", "g.toml:2: methods of [stages.prod]: a name and { rate"},
        {"[stages.prod]\n[stages.prod.methods.\"/a/GET\"]\nrate = 1",
         "g.toml:2: [stages.prod] methods.\"/a/GET\" needs rate and burst"},
        {"[stages.prod]\nmethods = { \"/a/GET\" = {} }", "[stages.prod] methods.\"/a/GET\" needs rate and burst"},
        {"[stages.prod]\nmethods = { \"/a/GOT\" = { rate = 1, burst = 1 } }",
         "g.toml:1: stage prod: method /a/GOT: write /RESOURCE/METHOD"},
        {"[plans.p]\nmethods = { \"*/*\" = { rate = 1, burst = 1 } }",
         "g.toml:1: plan p: method */*: write STAGE/RESOURCE/METHOD"},
        {"[stages.prod]\n[plans.p]\nstages = [\"prod\"]\nmethods = { \"dev/a/GET\" = { rate = 1, burst = 1 } }",
         "g.toml:2: plan p: method dev/a/GET: the plan is not for the stage dev"},
        {"[plans.p]\nquota = 5", "g.toml:1: [plans.p] needs quota and period, or none of them"},
        {"[plans.p]\nquota = 5\nperiod = \"HOUR\"", "g.toml:3: period of [plans.p] must be DAY, WEEK or MONTH"},
        {"\n[plans.p]\nstages = [\"x\"]", "g.toml:2: plan p: there is no stage x"},
        {"[keys.k]\nname = \"x\"", "g.toml:1: [keys.k] needs value or value_sha256"},
        {"[keys.k]\nvalue = \"short\"", "g.toml:2: the value of an API key has 20 to 128 letters, digits, - and _"},
        {"[keys.k]\nvalue_sha256 = \"zz\"", "g.toml:2: value_sha256 must be 64 hexadecimal digits"},
        {"[keys.k]\nplan = \"p\"\nvalue = \"abcdefghijklmnopqrst\"", "g.toml:1: key k: there is no plan p"},
        {"[keys.k]\nvalue = \"abcdefghijklmnopqrst\"\n[keys.l]\nvalue = \"abcdefghijklmnopqrst\"",
         "g.toml:3: key l: key k has the same value"},
        {"[responses.TROTTLED]", "g.toml:1: there is no type of response TROTTLED"},
        {"[responses.THROTTLED]\nstatus = 99", "g.toml:2: status of [responses.THROTTLED] must be a whole number"},
        {"[responses.THROTTLED]\nheaders = { \"Content-Length\" = \"5\" }", "g.toml:2: headers of"},
        {"[responses.THROTTLED]\nheaders = { \"Access-Control-Allow-Origin\" = \"http://a\" }", "g.toml:2: headers of"},
        {"[responses.THROTTLED]\nheaders = { \"X\" = \"a\\r\\nb\" }", "g.toml:2: headers of"},
        {"[account\nrate = 1", "g.toml:1:"},
        {"rate = 5", "g.toml:1: the definition has no setting rate"},
        {"stages = 5", "g.toml:1: stages of the definition must be a table"},
    };
    for (const auto& [text, message] : cases) EXPECT_THAT(problem(text), HasSubstr(message)) << text;
}

TEST(Definition, HasLimits) {
    std::string text;
    for (size_t i = 0; i <= Definition::max_stages; ++i) text += fmt::format("[stages.s{}]\n", i);
    EXPECT_THAT(problem(text), HasSubstr("there may be 100 stages"));
}

TEST(ResponseTypes, AreFoundByTheirNames) {
    for (size_t i = 0; i + 1 < response_types; ++i) {
        const auto type = static_cast<ResponseType>(i);
        EXPECT_EQ(response_type_of(name(type)), type);
    }
    EXPECT_FALSE(response_type_of(""));
    EXPECT_FALSE(response_type_of("throttled"));
}

}  // namespace
}  // namespace pinflow::gateway
