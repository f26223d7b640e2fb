#include "log/config.h"

#include <gtest/gtest.h>

namespace pinflow::log {
namespace {

TEST(Config, TakesKafkasSettingsOnTopOfTheDefaults) {
    Config defaults;
    defaults.retention_bytes = 5000;
    const auto config = Config::from({{"segment.bytes", "8192"},
                                      {"retention.ms", "-1"},
                                      {"write.caching", "true"},
                                      {"message.timestamp.type", "LogAppendTime"},
                                      {"cleanup.policy", "compact,delete"},
                                      {"min.insync.replicas", "2"}},
                                     defaults);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->segment_bytes, 8192);
    EXPECT_EQ(config->retention_ms, -1);
    EXPECT_EQ(config->retention_bytes, 5000);
    EXPECT_TRUE(config->write_caching);
    EXPECT_TRUE(config->append_time);
    EXPECT_EQ(config->cleanup_policy, "compact,delete");
}

TEST(Config, SaysWhichSettingIsWrongAndWhatIsAllowed) {
    const auto message = [](const char* name, const char* value) {
        const auto config = Config::from({{name, value}}, {});
        EXPECT_FALSE(config) << name << "=" << value;
        if (config) return std::string();
        EXPECT_EQ(config.error().code, Code::invalid);
        return config.error().message;
    };
    EXPECT_EQ(message("segment.bytes", "100"),
              "segment.bytes cannot be '100'; it is a whole number from 4096 to 2147483647");
    EXPECT_NE(message("retention.ms", "-2").find("retention.ms"), std::string::npos);
    EXPECT_NE(message("flush.messages", "0").find("flush.messages"), std::string::npos);
    for (const char* value : {"", "1x", "1.5", "99999999999999999999"})
        EXPECT_NE(message("retention.bytes", value).find(value), std::string::npos);
    EXPECT_EQ(message("write.caching", "yes"), "write.caching cannot be 'yes'; it is one of true, false");
    EXPECT_EQ(message("segment.byte", "1"), "unknown topic setting 'segment.byte'");
}

TEST(Config, WhatItShowsCanBeSetAgain) {
    Config config;
    config.segment_ms = 1234;
    config.append_time = true;
    config.compression = Compression::zstd;
    const auto again = Config::from(settings_of(config), {});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, config);
}

}  // namespace
}  // namespace pinflow::log
