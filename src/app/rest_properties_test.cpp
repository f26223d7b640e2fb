#include "app/rest_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/consumers_setup.h"
#include "base/uuid.h"

namespace pinflow::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Read {
    Config config;
    std::vector<std::string> notes;
    std::string error;
};

Read read(const std::string& text) {
    const auto path = std::filesystem::temp_directory_path() / ("kafka-rest-" + Uuid::random().text());
    std::ofstream(path) << text;
    Read done;
    if (const auto notes = read_rest_properties(path, done.config))
        done.notes = *notes;
    else
        done.error = notes.error().message;
    std::filesystem::remove(path);
    return done;
}

TEST(RestProperties, WhatHasAMeaningCounts) {
    const auto done = read(
        "listeners=http://0.0.0.0:8082,https://:8443\nid=rest-1\nconsumer.request.timeout.ms = 5000\n"
        "consumer.instance.timeout.ms=60000\nconsumer.request.max.bytes=1000\n");
    EXPECT_EQ(done.error, "");
    EXPECT_EQ(done.config.http, "http://0.0.0.0:8082,https://:8443");
    const auto options = consumers_options(done.config).value();
    EXPECT_EQ(options.server_id, "rest-1");
    EXPECT_EQ(options.request_timeout_ms, 5000);
    EXPECT_EQ(options.instance_timeout_ms, 60'000);
    EXPECT_EQ(options.request_max_bytes, 1000);
    EXPECT_TRUE(done.notes.empty());
}

TEST(RestProperties, AllElseIsTakenWithANote) {
    const auto done = read(
        "zookeeper.connect=localhost:2181\nbootstrap.servers=PLAINTEXT://localhost:9092\nclient.sasl.mechanism=PLAIN\n"
        "colour=blue\nauthentication.method=BASIC\nauthentication.realm=\n");
    ASSERT_EQ(done.notes.size(), 3U);
    EXPECT_THAT(done.notes[0], HasSubstr("as Pinflow is its own Kafka: authentication.realm, bootstrap.servers, "
                                         "client.sasl.mechanism, zookeeper.connect"));
    EXPECT_THAT(done.notes[1], HasSubstr("unknown, and without effect: colour"));
    EXPECT_THAT(done.notes[2], HasSubstr("lets everybody in who reaches it: authentication.method"));
}

TEST(RestProperties, WhatCannotBeIsRefusedWithItsLine) {
    EXPECT_THAT(read("id=x\n\nconsumer.request.timeout.ms=soon\n").error,
                HasSubstr(":3: consumer.request.timeout.ms = soon: write a whole number from 0 to 2147483647"));
    EXPECT_THAT(read("consumer.request.max.bytes=67108865").error, HasSubstr(":1: consumer.request.max.bytes"));
    EXPECT_THAT(read("listeners=ftp://h:1").error, HasSubstr(":1: listeners: \"ftp://h:1\""));
    EXPECT_THAT(read_rest_properties("/nowhere/kafka-rest.properties", *std::make_unique<Config>()).error().message,
                HasSubstr("/nowhere/kafka-rest.properties"));
}

}  // namespace
}  // namespace pinflow::app
