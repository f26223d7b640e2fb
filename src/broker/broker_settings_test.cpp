#include "broker/broker_settings.h"

#include <gtest/gtest.h>

#include "base/faulty_disk.h"

namespace pinflow::broker {
namespace {

class BrokerSettingsTest : public testing::Test {
  protected:
    using Values = BrokerSettings::Values;
    using Keep = BrokerSettings::Keep;

    void SetUp() override {
        ASSERT_TRUE(disk_.make_directories("/data"));
        open();
    }
    void open() { settings_ = std::move(*BrokerSettings::open(disk_, file_)); }
    Result<> set(const std::string& name, const std::string& value) {
        return settings_->change([&](Values& after, const Keep& keep) {
            after.broker[name] = value;
            return keep();
        });
    }
    std::string refusal(std::string_view text) {
        EXPECT_TRUE(replace_file(disk_, file_, text));
        const auto opened = BrokerSettings::open(disk_, file_);
        return opened ? "" : opened.error().message;
    }

    const std::string file_ = "/data/broker_settings.json";
    FaultyDisk disk_{3};
    std::unique_ptr<BrokerSettings> settings_;
};

TEST_F(BrokerSettingsTest, WhatWasKeptIsThereAfterALossOfPower) {
    EXPECT_TRUE(settings_->values().broker.empty());
    ASSERT_TRUE(settings_->change([](Values& after, const Keep& keep) {
        after.cluster = {{"log.retention.ms", "1000"}, {"odd \"name\"\n", "é"}};
        after.broker = {{"log.retention.ms", "2000"}};
        return keep();
    }));
    disk_.power_loss();
    disk_.restart();
    open();
    EXPECT_EQ(settings_->values().cluster,
              (BrokerSettings::Map{{"log.retention.ms", "1000"}, {"odd \"name\"\n", "é"}}));
    EXPECT_EQ(settings_->values().broker, (BrokerSettings::Map{{"log.retention.ms", "2000"}}));
}

TEST_F(BrokerSettingsTest, WhatIsNotKeptChangesNothing) {
    ASSERT_TRUE(set("a", "1"));
    ASSERT_TRUE(settings_->change([](Values& after, const Keep&) { return after.broker.clear(), Result<>(); }));
    EXPECT_FALSE(settings_->change([](Values& after, const Keep&) -> Result<> {
        after.broker.clear();
        return fail(Code::invalid, "no");
    }));
    EXPECT_EQ(settings_->values().broker.at("a"), "1");
    open();
    EXPECT_EQ(settings_->values().broker.at("a"), "1");
}

TEST_F(BrokerSettingsTest, ADiskThatFailsChangesNothing) {
    ASSERT_TRUE(set("a", "1"));
    disk_.fail_syncs(1);
    EXPECT_FALSE(set("a", "2"));
    EXPECT_EQ(settings_->values().broker.at("a"), "1");
    ASSERT_TRUE(set("a", "3"));
    EXPECT_EQ(settings_->values().broker.at("a"), "3");
}

TEST_F(BrokerSettingsTest, GarbageStopsTheStartAndSaysWhat) {
    const std::string whole = R"({"version":1,"cluster":{"a":"1"},"broker":{}})";
    EXPECT_EQ(refusal(whole), "");
    for (size_t size = 0; size + 1 < whole.size(); ++size)
        EXPECT_TRUE(refusal(whole.substr(0, size)).starts_with(file_ + ": mend the file, or remove it")) << size;
    EXPECT_TRUE(refusal(R"({"version":2,"cluster":{},"broker":{}})").ends_with("\"version\" must be 1"));
    EXPECT_TRUE(refusal(R"({"version":1,"cluster":{}})").ends_with("there is no object \"broker\""));
    EXPECT_TRUE(refusal(R"({"version":1,"cluster":[],"broker":{}})").ends_with("there is no object \"cluster\""));
    EXPECT_TRUE(refusal(R"({"version":1,"cluster":{"a":1},"broker":{}})").ends_with("\"a\" of \"cluster\" is no text"));
    EXPECT_TRUE(refusal(R"({"version":1,"cluster":{},"broker":{"a":"1","a":"2"}})").ends_with("is there twice"));
    EXPECT_TRUE(refusal("\xff\xfe").ends_with("this is not JSON"));
}

}  // namespace
}  // namespace pinflow::broker
