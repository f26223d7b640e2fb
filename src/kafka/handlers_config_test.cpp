#include "broker/groups_timer.h"
#include "kafka/handlers_world.h"
#include "kafka/setting_list.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t topic_type = 2;
constexpr int8_t broker_type = 4;

class ConfigHandlersTest : public HandlersWorld {
  protected:
    using Incremental = IncrementalAlterConfigsRequest::Config;

    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("pins", 1, {{"retention.ms", "5000"}}));
    }
    DescribeConfigsResponse::Resource describe(int8_t type, std::string_view name,
                                               std::optional<std::vector<std::string_view>> keys = {}) {
        DescribeConfigsRequest request;
        request.resources = {{type, name, std::move(keys)}};
        request.include_synonyms = true;
        request.include_documentation = true;
        return ask<DescribeConfigsResponse>(request, 4).resources.at(0);
    }
    ErrorCode change(std::vector<Incremental> configs, std::string_view name = "pins", bool validate_only = false) {
        IncrementalAlterConfigsRequest request;
        request.resources = {{topic_type, name, std::move(configs)}};
        request.validate_only = validate_only;
        return ask<IncrementalAlterConfigsResponse>(request, 1).resources.at(0).error_code;
    }
    ErrorCode replace(std::vector<AlterConfigsRequest::Config> configs) {
        AlterConfigsRequest request;
        request.resources = {{topic_type, "pins", std::move(configs)}};
        return ask<AlterConfigsResponse>(request, 2).resources.at(0).error_code;
    }
    std::map<std::string, std::string> set() const { return topics_->find("pins")->config; }
};

TEST_F(ConfigHandlersTest, EverySettingIsDescribed) {
    const auto all = describe(topic_type, "pins");
    EXPECT_EQ(all.error_code, ErrorCode::none);
    EXPECT_EQ(all.configs.size(), topic_settings().size());
    for (const auto& each : all.configs) {
        EXPECT_NE(each.config_type, 0) << each.name;
        EXPECT_FALSE(each.documentation.value_or("").empty()) << each.name;
        EXPECT_FALSE(each.synonyms.empty()) << each.name;
        EXPECT_FALSE(each.read_only) << each.name;
    }
    const auto one = describe(topic_type, "pins", {{"retention.ms"}}).configs.at(0);
    EXPECT_EQ(one.value, "5000");
    EXPECT_EQ(one.config_source, 1);
    EXPECT_EQ(one.config_type, 5);
    ASSERT_EQ(one.synonyms.size(), 2U);
    EXPECT_EQ(one.synonyms[1].name, "log.retention.ms");
    EXPECT_EQ(one.synonyms[1].value, "604800000");
    EXPECT_EQ(one.synonyms[1].source, 5);
    EXPECT_EQ(describe(topic_type, "pins", {{"cleanup.policy"}}).configs.at(0).config_source, 5);
}

// What the log knows must not be hidden from clients, nor the other way round.
TEST_F(ConfigHandlersTest, TheLogTakesEverySettingAtItsDefault) {
    std::map<std::string, std::string> all;
    for (const auto& each : describe(topic_type, "pins").configs) all[each.name] = *each.value;
    EXPECT_TRUE(log::Config::from(all, {}));
    for (const auto& [name, value] : log::settings_of(log::Config())) EXPECT_TRUE(all.contains(name)) << name;
}

TEST_F(ConfigHandlersTest, TheBrokerIsDescribed) {
    const auto all = describe(broker_type, "1");
    EXPECT_EQ(all.configs.size(), broker_settings().size());
    EXPECT_TRUE(describe(broker_type, "").configs.empty());
    const auto id = std::ranges::find(all.configs, "broker.id", &DescribeConfigsResponse::Config::name);
    EXPECT_EQ(id->value, "1");
    EXPECT_EQ(id->config_source, 4);
    EXPECT_TRUE(id->read_only);
    EXPECT_EQ(describe(broker_type, "").error_code, ErrorCode::none);
    EXPECT_EQ(describe(broker_type, "2").error_code, ErrorCode::invalid_request);
    EXPECT_EQ(describe(9, "x").error_code, ErrorCode::invalid_request);
    EXPECT_EQ(describe(topic_type, "nowhere").error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(describe(topic_type, "no/where").error_code, ErrorCode::invalid_topic_exception);
}

TEST_F(ConfigHandlersTest, ChangesTakeEffectAtOnce) {
    EXPECT_EQ(change({{"max.message.bytes", 0, "1000"}, {"retention.ms", 1, {}}}), ErrorCode::none);
    EXPECT_EQ(set(), (std::map<std::string, std::string>{{"max.message.bytes", "1000"}}));
    EXPECT_EQ(log_->find("pins", 0)->max_message_bytes(), 1'000);
    EXPECT_EQ(change({{"max.message.bytes", 0, "2000"}}, "pins", true), ErrorCode::none);
    EXPECT_EQ(log_->find("pins", 0)->max_message_bytes(), 1'000);
}

TEST_F(ConfigHandlersTest, ListsAreAddedToAndTakenFrom) {
    EXPECT_EQ(change({{"cleanup.policy", 2, "compact"}}), ErrorCode::none);
    EXPECT_EQ(set().at("cleanup.policy"), "delete,compact");
    EXPECT_EQ(change({{"cleanup.policy", 2, "compact"}}), ErrorCode::none);
    EXPECT_EQ(set().at("cleanup.policy"), "delete,compact");
    EXPECT_EQ(change({{"cleanup.policy", 3, "delete"}}), ErrorCode::none);
    EXPECT_EQ(set().at("cleanup.policy"), "compact");
    EXPECT_EQ(change({{"retention.ms", 2, "1"}}), ErrorCode::invalid_config);
}

TEST_F(ConfigHandlersTest, WhatCannotBeChangesNothing) {
    const auto before = set();
    EXPECT_EQ(change({{"segment.ms", 0, "5"}, {"no.such", 0, "1"}}), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"retention.ms", 0, "-7"}}), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"preallocate", 0, "maybe"}}), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"min.cleanable.dirty.ratio", 0, "half"}}), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"retention.ms", 0, {}}}), ErrorCode::invalid_request);
    EXPECT_EQ(change({{"retention.ms", 9, "1"}}), ErrorCode::invalid_request);
    EXPECT_EQ(change({{"retention.ms", 0, "1"}, {"retention.ms", 1, {}}}), ErrorCode::invalid_request);
    EXPECT_EQ(change({{"retention.ms", 0, "1"}}, "nowhere"), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(set(), before);
}

TEST_F(ConfigHandlersTest, AlterConfigsReplacesAll) {
    EXPECT_EQ(replace({{"segment.ms", "60000"}}), ErrorCode::none);
    EXPECT_EQ(set(), (std::map<std::string, std::string>{{"segment.ms", "60000"}}));
    EXPECT_EQ(replace({{"segment.ms", "70000"}, {"preallocate", "false"}, {"segment.ms", "80000"}}), ErrorCode::none);
    EXPECT_EQ(set().at("segment.ms"), "80000") << "described, sent back, and then changed";
    EXPECT_EQ(replace({{"segment.ms", {}}}), ErrorCode::invalid_request);
    EXPECT_EQ(replace({{"no.such", "1"}}), ErrorCode::invalid_config);
}

TEST_F(ConfigHandlersTest, TheBrokersOwnTopicsStayCompacted) {
    ASSERT_TRUE(topics_->create("__consumer_offsets", 1, {{"cleanup.policy", "compact"}}));
    EXPECT_EQ(change({{"cleanup.policy", 0, "delete"}}, "__consumer_offsets"), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"cleanup.policy", 1, {}}}, "__consumer_offsets"), ErrorCode::invalid_config);
    EXPECT_EQ(change({{"segment.bytes", 0, "1000000"}}, "__consumer_offsets"), ErrorCode::none);
}

TEST_F(ConfigHandlersTest, AResourceIsNamedOnce) {
    IncrementalAlterConfigsRequest request;
    request.resources = {{topic_type, "pins", {}}, {topic_type, "pins", {}}};
    EXPECT_EQ(ask<IncrementalAlterConfigsResponse>(request, 1).resources.at(0).error_code, ErrorCode::invalid_request);
}

TEST_F(ConfigHandlersTest, AResourceIsDescribedOnce) {
    DescribeConfigsRequest request;
    request.resources = {{topic_type, "pins", {}},
                         {broker_type, "1", {}},
                         {topic_type, "pins", {}},
                         {broker_type, "1", {}},
                         {topic_type, "1", {}}};
    const auto told = ask<DescribeConfigsResponse>(request, 4).resources;
    ASSERT_EQ(told.size(), 5U);
    for (const size_t first : {0U, 1U}) {
        EXPECT_EQ(told[first].error_code, ErrorCode::none);
        EXPECT_FALSE(told[first].configs.empty());
        EXPECT_EQ(told[first + 2].error_code, ErrorCode::invalid_request);
        EXPECT_EQ(told[first + 2].error_message, "Each resource must appear at most once.");
        EXPECT_EQ(told[first + 2].resource_name, request.resources[first].resource_name);
        EXPECT_TRUE(told[first + 2].configs.empty());
    }
    EXPECT_EQ(told[4].error_code, ErrorCode::unknown_topic_or_partition) << "it has another type";
}

}  // namespace
}  // namespace pinflow::kafka
