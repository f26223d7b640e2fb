#include "app/connector_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ConnectorFile, PropertiesAsForConnectStandalone) {
    const auto file = parse_connector_file("# a sink\nname = s3-sink\ntopics=a,\\\n  b\ntasks.max : 3\n", "x").value();
    EXPECT_EQ(file.name, "s3-sink");
    EXPECT_THAT(file.config, ElementsAre(Pair("name", "s3-sink"), Pair("tasks.max", "3"), Pair("topics", "a,b")));
}

TEST(ConnectorFile, JsonAsForTheRestInterface) {
    const auto file = parse_connector_file(R"( {"name":"a","config":{"tasks.max":3,"flag":true,"topics":"b"}})", "x");
    EXPECT_EQ(file->name, "a");
    EXPECT_THAT(file->config,
                ElementsAre(Pair("flag", "true"), Pair("name", "a"), Pair("tasks.max", "3"), Pair("topics", "b")));
}

TEST(ConnectorFile, FlatJson) {
    const auto file = parse_connector_file(R"({"name":"a","topics":"b"})", "x").value();
    EXPECT_EQ(file.name, "a");
    EXPECT_THAT(file.config, ElementsAre(Pair("name", "a"), Pair("topics", "b")));
}

TEST(ConnectorFile, WhatIsWrongIsSaidWithTheFile) {
    EXPECT_EQ(parse_connector_file("topics=a\n", "x.properties").error().message,
              "x.properties: name the connector: name=my-connector");
    EXPECT_THAT(parse_connector_file("{\"name\":", "x.json").error().message, HasSubstr("x.json: "));
    EXPECT_THAT(parse_connector_file(R"({"name":"a","config":{"b":[]}})", "x.json").error().message,
                HasSubstr("the value of \"b\" must be a text"));
}

}  // namespace
}  // namespace pinflow::app
