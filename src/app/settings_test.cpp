#include "app/settings.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>

#include "base/uuid.h"

namespace pinflow::app {
namespace {

class SettingsTest : public testing::Test {
  protected:
    SettingsTest() {
        config_.data = std::filesystem::temp_directory_path() / ("pinflow-settings-" + Uuid::random().text());
        std::filesystem::create_directories(config_.data);
        spdlog::set_default_logger(
            std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_)));
    }
    ~SettingsTest() override {
        spdlog::set_default_logger(before_);
        std::filesystem::remove_all(config_.data);
    }
    std::string refusal() const {
        const auto opened = open_settings(config_);
        return opened ? "" : opened.error().message;
    }

    Config config_;
    const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
    std::ostringstream said_;
};

TEST_F(SettingsTest, DefaultsThatDoNotGoTogetherStopTheStart) {
    config_.topic_defaults = {{"min.compaction.lag.ms", "500"}, {"max.compaction.lag.ms", "400"}};
    EXPECT_EQ(refusal(),
              "[topics] of the configuration: min.compaction.lag.ms (500) is more than max.compaction.lag.ms (400)");
    config_.topic_defaults = {{"segment.bytes", "100"}};
    EXPECT_EQ(refusal(),
              "[topics] of the configuration: segment.bytes cannot be '100'; it is a whole number from 4096 to "
              "2147483647");
    config_.topic_defaults = {{"min.compaction.lag.ms", "400"}, {"max.compaction.lag.ms", "400"}};
    EXPECT_EQ(refusal(), "");
}

TEST_F(SettingsTest, TheLogTellsWhatWasSetAndNoLongTexts) {
    const std::string text(30'000, 'x');
    std::ofstream(config_.data / "broker_settings.json")
        << R"({"version":1,"cluster":{"log.retention.ms":"1000"},"broker":{"sasl.kerberos.kinit.cmd":")" << text
        << R"("}})";
    EXPECT_EQ(refusal(), "");
    EXPECT_NE(said_.str().find("log.retention.ms is \"1000\", says "), std::string::npos) << said_.str();
    EXPECT_NE(said_.str().find("sasl.kerberos.kinit.cmd is \"xxx"), std::string::npos);
    EXPECT_LT(said_.str().size(), 3000U);
}

}  // namespace
}  // namespace pinflow::app
