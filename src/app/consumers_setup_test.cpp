#include "app/consumers_setup.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/uuid.h"

namespace pinflow::app {
namespace {

Result<Config> read(const std::string& toml) {
    const auto path = std::filesystem::temp_directory_path() / ("pinflow-config-" + Uuid::random().text() + ".toml");
    std::ofstream(path) << toml;
    Config config;
    const auto done = read_config(path, config);
    std::filesystem::remove(path);
    if (!done) return fail(done.error());
    return config;
}

TEST(ConsumersSetup, ReadsItsSettings) {
    const auto config = read(
        "[rest]\nconsumer.instance.timeout.ms = 60000\nconsumer.request.timeout.ms = 5000\n"
        "consumer.request.max.bytes = 1000\nconsumer.instances.max = 7\nfirst.poll = \"data\"\n");
    ASSERT_TRUE(config) << config.error().message;
    const auto options = consumers_options(*config);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->instance_timeout_ms, 60'000);
    EXPECT_EQ(options->request_timeout_ms, 5'000);
    EXPECT_EQ(options->request_max_bytes, 1'000);
    EXPECT_EQ(options->max_instances, 7U);
    EXPECT_FALSE(options->first_poll_empty);
}

TEST(ConsumersSetup, DefaultsAreTheRestProxys) {
    const auto options = consumers_options({});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->instance_timeout_ms, 300'000);
    EXPECT_EQ(options->request_timeout_ms, 1'000);
    EXPECT_EQ(options->request_max_bytes, 67'108'864);
    EXPECT_TRUE(options->first_poll_empty);
}

TEST(ConsumersSetup, RefusesWhatCannotBe) {
    const auto poll = consumers_options(read("rest.first.poll = \"both\"").value());
    ASSERT_FALSE(poll);
    EXPECT_EQ(poll.error().message, "rest.first.poll = \"both\": write empty or data");
    EXPECT_FALSE(consumers_options(read("rest.consumer.request.max.bytes = 67108865").value()));
    EXPECT_FALSE(read("rest.consumer.instances.max = 0"));
    EXPECT_FALSE(read("rest.consumer.threads = 50"));
}

}  // namespace
}  // namespace pinflow::app
