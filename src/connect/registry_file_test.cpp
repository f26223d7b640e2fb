#include "connect/registry_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::connect {
namespace {

TEST(RegistryFile, IsReadAsItWasWritten) {
    const Registry registry = {{"a", {{{"name", "a"}, {"x", "\"\n\u20ac"}}, Target::paused}},
                               {"b", {{}, Target::stopped}}};
    EXPECT_EQ(read_registry(write_registry(registry)), registry);
    const Registry one_that_never_began = {{"a", {.config = {}, .never_began = true}}};
    EXPECT_EQ(read_registry(write_registry(one_that_never_began)), one_that_never_began);
    EXPECT_EQ(
        write_registry({{"a", {{{"k", "v"}}}}}),
        "{\"version\":1,\"connectors\":[{\"name\":\"a\",\"target_state\":\"STARTED\",\"config\":{\"k\":\"v\"}}]}\n");
}

TEST(RegistryFile, WhatIsWrongIsSaid) {
    const auto error = [](std::string_view text) { return read_registry(text).error().message; };
    EXPECT_EQ(error("{}"), R"(this is not {"version":1,"connectors":[…]})");
    EXPECT_EQ(error(R"({"version":1,"connectors":[{"config":{}}]})"), "a connector has no \"name\"");
    EXPECT_EQ(error(R"({"version":1,"connectors":[{"name":"a"}]})"), "a: a connector has no \"config\"");
    EXPECT_EQ(error(R"({"version":1,"connectors":[{"name":"a","config":{"b":1}}]})"),
              "a: the value of \"b\" is no text");
    EXPECT_EQ(error(R"({"version":1,"connectors":[{"name":"a","config":{}}]})"),
              "a: \"target_state\" must be STARTED, PAUSED or STOPPED");
    const std::string one = R"({"name":"a","target_state":"STARTED","config":{}})";
    EXPECT_EQ(error(R"({"version":1,"connectors":[)" + one + "," + one + "]}"), "the connector a is there twice");
}

}  // namespace
}  // namespace pinflow::connect
