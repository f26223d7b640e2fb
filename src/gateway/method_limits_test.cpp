#include "gateway/method_limits.h"

#include <gtest/gtest.h>

#include "gateway/known.h"
#include "openapi/versions.h"

namespace pinflow::gateway {
namespace {

std::string shown(std::string_view path, std::string_view method) {
    const Path read(path);
    const net::Request request{.method = method, .path = path};
    const MethodCall call = built_in_call(read, request);
    return fmt::format("{} {}{}", call.resource, call.method, call.any ? " any" : "");
}

TEST(MethodLimits, WhatTheBuiltInRoutesAreCalled) {
    EXPECT_EQ(shown("/prod/topics/a", "POST"), "/{proxy+} POST any");
    EXPECT_EQ(shown("/prod/streams/a/record", "PUT"), "/streams/{stream-name}/record PUT");
    EXPECT_EQ(shown("/prod/streams/a/record", "POST"), "/streams/{stream-name}/record POST any");
    EXPECT_EQ(shown("/prod//streams/", "GET"), "/streams GET");
    EXPECT_EQ(shown("/topics/a", "GET"), " ") << "without a stage there are no limits";
    EXPECT_EQ(shown("/prod/%zz", "GET"), " ");
}

TEST(MethodLimits, TheMostExactBucketIsAsked) {
    const auto make = [](const MethodName&, const Throttle& throttle) { return std::make_shared<Bucket>(throttle); };
    MethodBuckets buckets;
    EXPECT_TRUE(buckets.empty());
    buckets.add({"/streams", "GET"}, {1, 1}, make);
    buckets.add({"/{proxy+}", "POST"}, {1, 2}, make);
    buckets.add_others(nullptr, {1, 9}, make);
    const auto burst = [&](std::string_view resource, std::string_view method, bool any) {
        const Bucket* const bucket = buckets.find({resource, method, any});
        return bucket == nullptr ? 0 : bucket->throttle.burst;
    };
    EXPECT_EQ(burst("/streams", "GET", false), 1);
    EXPECT_EQ(burst("/{proxy+}", "POST", true), 2);
    EXPECT_EQ(burst("/{proxy+}", "GET", true), 9);
    EXPECT_EQ(burst("/streams/{stream-name}", "DELETE", false), 9);
    EXPECT_EQ(burst("/streams", "DELETE", true), 9);
    EXPECT_EQ(burst("/none", "GET", true), 0);
    EXPECT_NE(buckets.find({"/streams/{stream-name}", "DELETE"}), buckets.find({"/streams/{stream-name}", "GET"}));
}

TEST(MethodLimits, Names) {
    const auto name = [](std::string_view text) {
        const auto read = method_name(text);
        return read ? fmt::format("{} {}", read->resource, read->method) : read.error().message;
    };
    EXPECT_EQ(name("/a/{b}/GET"), "/a/{b} GET");
    EXPECT_EQ(name("/GET"), "/ GET");
    EXPECT_EQ(name("//GET"), "/ GET");
    for (const char* wrong : {"", "GET", "/a/get", "/a/GET/", "a/GET", "*/*", "/a"})
        EXPECT_TRUE(name(wrong).ends_with("write /RESOURCE/METHOD, as in /topics/{name}/POST")) << wrong;
    const auto at_stage = method_at_stage("prod/a/GET");
    ASSERT_TRUE(at_stage);
    EXPECT_EQ(at_stage->stage, "prod");
    EXPECT_EQ(at_stage->method.resource, "/a");
    for (const char* wrong : {"", "prod", "/a/GET", "topics/a/GET", "prod/*/*", "a b/c/GET"})
        EXPECT_FALSE(method_at_stage(wrong)) << wrong;
}

}  // namespace
}  // namespace pinflow::gateway
