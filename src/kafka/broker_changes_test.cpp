#include "kafka/broker_changes.h"

#include <gtest/gtest.h>

#include "kafka/handlers_world.h"

namespace pinflow::kafka {
namespace {

constexpr int8_t topic_type = 2;
constexpr int8_t broker_type = 4;

class BrokerChangesTest : public HandlersWorld {
  protected:
    using Incremental = IncrementalAlterConfigsRequest::Config;
    using Described = DescribeConfigsResponse::Config;

    void SetUp() override {
        HandlersWorld::SetUp();
        ASSERT_TRUE(topics_->create("plain", 1));
        ASSERT_TRUE(topics_->create("own", 1, {{"retention.ms", "5000"}}));
    }
    IncrementalAlterConfigsResponse::Resource change(std::string_view name, std::vector<Incremental> configs,
                                                     bool validate_only = false) {
        IncrementalAlterConfigsRequest request;
        request.resources = {{broker_type, name, std::move(configs)}};
        request.validate_only = validate_only;
        return ask<IncrementalAlterConfigsResponse>(request, 1).resources.at(0);
    }
    AlterConfigsResponse::Resource replace(std::string_view name, std::vector<AlterConfigsRequest::Config> configs) {
        AlterConfigsRequest request;
        request.resources = {{broker_type, name, std::move(configs)}};
        return ask<AlterConfigsResponse>(request, 2).resources.at(0);
    }
    void set(std::string_view name, std::string_view setting, std::string_view value) {
        const auto answer = change(name, {{setting, 0, value}});
        EXPECT_EQ(answer.error_code, ErrorCode::none) << answer.error_message.value_or("");
    }
    std::string refusal(std::string_view name, std::vector<Incremental> configs) {
        const auto before = settings_->values();
        const auto answer = change(name, std::move(configs));
        EXPECT_EQ(answer.error_code, ErrorCode::invalid_request);
        EXPECT_EQ(settings_->values().broker, before.broker);
        EXPECT_EQ(settings_->values().cluster, before.cluster);
        return answer.error_message.value_or("");
    }
    std::vector<Described> describe(int8_t type, std::string_view name,
                                    std::optional<std::vector<std::string_view>> keys = {}) {
        DescribeConfigsRequest request;
        request.resources = {{type, name, std::move(keys)}};
        request.include_synonyms = true;
        request.include_documentation = true;
        return ask<DescribeConfigsResponse>(request, 4).resources.at(0).configs;
    }
    Described one(int8_t type, std::string_view name, std::string_view key) {
        return describe(type, name, {{key}}).at(0);
    }
    static std::string said(const Described& config) {
        std::string all;
        for (const auto& each : config.synonyms)
            all += fmt::format("{}:{}={} ", each.source, each.name, each.value.value_or("null"));
        return all;
    }
    int64_t retention_ms(const std::string& topic) const { return log_->find(topic, 0)->settings()->retention_ms; }
};

TEST_F(BrokerChangesTest, TopicsThatDoNotSayOtherwiseFollowAtOnce) {
    set("", "log.retention.ms", "3600000");
    EXPECT_EQ(retention_ms("plain"), 3'600'000);
    set("1", "log.retention.ms", "1800000");
    EXPECT_EQ(retention_ms("plain"), 1'800'000);
    EXPECT_EQ(retention_ms("own"), 5000);
    EXPECT_EQ(one(topic_type, "plain", "retention.ms").value, "1800000");
    EXPECT_EQ(
        said(one(topic_type, "own", "retention.ms")),
        "1:retention.ms=5000 2:log.retention.ms=1800000 3:log.retention.ms=3600000 5:log.retention.ms=604800000 ");
    EXPECT_EQ(said(one(broker_type, "1", "log.retention.ms")),
              "2:log.retention.ms=1800000 3:log.retention.ms=3600000 5:log.retention.ms=604800000 ");
    ASSERT_EQ(describe(broker_type, "").size(), 1U);
    EXPECT_EQ(said(describe(broker_type, "").at(0)), "3:log.retention.ms=3600000 ");
    EXPECT_EQ(change("1", {{"log.retention.ms", 1, {}}}).error_code, ErrorCode::none);
    EXPECT_EQ(retention_ms("plain"), 3'600'000);
    EXPECT_EQ(change("", {{"log.retention.ms", 1, {}}}).error_code, ErrorCode::none);
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
    EXPECT_TRUE(describe(broker_type, "").empty());
}

TEST_F(BrokerChangesTest, WhatIsConfiguredLiesBelow) {
    door_->options.topic_defaults.retention_ms = 1000;
    ASSERT_TRUE(topics_->change_defaults(door_->options.topic_defaults, [] { return Result<>(); }));
    set("1", "log.segment.bytes", "8192");
    EXPECT_EQ(retention_ms("plain"), 1000) << "what else is set does not hide it";
    EXPECT_EQ(said(one(broker_type, "1", "log.retention.ms")), "4:log.retention.ms=1000 5:log.retention.ms=604800000 ");
    set("1", "log.retention.ms", "2000");
    EXPECT_EQ(said(one(topic_type, "plain", "retention.ms")),
              "2:log.retention.ms=2000 4:log.retention.ms=1000 5:log.retention.ms=604800000 ");
    EXPECT_EQ(replace("1", {}).error_code, ErrorCode::none);
    EXPECT_EQ(retention_ms("plain"), 1000);
}

// Every setting of a topic that has a default among the broker's can be given one.
TEST_F(BrokerChangesTest, EveryDefaultOfTopicsCanBeSet) {
    for (const Setting& each : topic_settings()) {
        if (is_fixed_setting(each.synonym) || find_broker_setting(each.synonym) == nullptr) continue;
        std::string value = each.type == SettingType::boolean ? "true" : "5000";
        if (each.type == SettingType::decimal) value = "0.25";
        if (each.name == "cleanup.policy") value = "compact";
        if (each.name == "compression.type") value = "zstd";
        if (each.name == "message.timestamp.type") value = "LogAppendTime";
        set("1", each.synonym, value);
        const auto told = one(topic_type, "plain", each.name);
        EXPECT_EQ(told.value, value) << each.name;
        EXPECT_EQ(told.config_source, 2) << each.name;
        EXPECT_EQ(change("1", {{each.synonym, 1, {}}}).error_code, ErrorCode::none);
    }
    EXPECT_TRUE(settings_->values().broker.empty());
}

TEST_F(BrokerChangesTest, AlterConfigsReplacesAll) {
    set("1", "log.retention.ms", "1000");
    EXPECT_EQ(replace("1", {{"sasl.kerberos.min.time.before.relogin", "58000"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().broker, (SettingMap{{"sasl.kerberos.min.time.before.relogin", "58000"}}));
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
    const auto told = one(broker_type, "1", "sasl.kerberos.min.time.before.relogin");
    EXPECT_EQ(said(told),
              "2:sasl.kerberos.min.time.before.relogin=58000 "
              "5:sasl.kerberos.min.time.before.relogin=60000 ");
    EXPECT_FALSE(told.read_only);
    EXPECT_TRUE(told.documentation->ends_with("without effect here.")) << *told.documentation;
}

TEST_F(BrokerChangesTest, WhatIsOnlyTriedChangesNothing) {
    EXPECT_EQ(change("1", {{"log.retention.ms", 0, "1000"}}, true).error_code, ErrorCode::none);
    EXPECT_EQ(change("1", {{"log.retention.ms", 0, "soon"}}, true).error_code, ErrorCode::invalid_request);
    EXPECT_TRUE(settings_->values().broker.empty());
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
}

TEST_F(BrokerChangesTest, WhatKafkaRefusesIsRefused) {
    EXPECT_EQ(
        refusal("1", {{"num.partitions", 0, "3"}, {"log.retention.hours", 0, "1"}, {"zookeeper.connect", 0, "x"}}),
        "Cannot update these configs dynamically: [num.partitions, log.retention.hours, zookeeper.connect]");
    EXPECT_EQ(refusal("", {{"sasl.kerberos.min.time.before.relogin", 0, "1"}, {"log.retention.ms", 0, "1"}}),
              "Cannot update these configs at default cluster level, broker id must be specified: "
              "[sasl.kerberos.min.time.before.relogin]");
    EXPECT_EQ(refusal("1", {{"ssl.keystore.password", 0, "x"}}),
              "These security configs can be dynamically updated only per-listener using the listener prefix: "
              "[ssl.keystore.password]");
    EXPECT_EQ(refusal("1", {{"log.retention.ms", 0, "soon"}}),
              "Invalid value soon for configuration log.retention.ms: it must be a whole number");
    EXPECT_EQ(refusal("1", {{"log.segment.bytes", 0, "100"}}),
              "log.segment.bytes: segment.bytes cannot be '100'; it is a whole number from 4096 to 2147483647");
    EXPECT_EQ(refusal("1", {{"max.connections", 0, "0"}}),
              "Invalid value 0 for configuration max.connections: it must be at least 1");
    EXPECT_EQ(refusal("1", {{"compression.gzip.level", 0, "10"}}),
              "Invalid value 10 for configuration compression.gzip.level: it must be at most 9");
    EXPECT_EQ(refusal("1", {{"log.retention.ms", 2, "1"}}),
              "Can't APPEND to key log.retention.ms because its type is not LIST.");
    EXPECT_EQ(refusal("1", {{"log.retention.ms", 0, {}}}), "Null value not supported for: log.retention.ms");
    EXPECT_EQ(refusal("2", {{"log.retention.ms", 0, "1"}}),
              "Unexpected broker id, expected 1 or empty string, but received 2");
    EXPECT_EQ(refusal("one", {{"log.retention.ms", 0, "1"}}), "Broker id must be an integer, but it is: one");
    EXPECT_EQ(change("1", {{"num.partitions", 1, {}}}).error_code, ErrorCode::none) << "it is not set anyway";
}

TEST_F(BrokerChangesTest, WhatCannotBeKeptIsRefused) {
    EXPECT_NE(refusal("1", {{"", 0, "1"}}), "");
    EXPECT_NE(refusal("1", {{"\xff", 0, "1"}}), "");
    EXPECT_NE(refusal("1", {{"two\nlines", 0, "1"}}), "");
    EXPECT_NE(refusal("1", {{"sasl.kerberos.kinit.cmd", 0, "\xff"}}), "");
    const std::string long_value(40'000, 'x');
    EXPECT_NE(refusal("1", {{"sasl.kerberos.kinit.cmd", 0, long_value}}), "");
    std::vector<std::string> names;
    for (int i = 0; i < 1001; ++i) names.push_back(fmt::format("custom.{}", i));
    std::vector<Incremental> many;
    for (const std::string& each : names) many.push_back({each, 0, "1"});
    EXPECT_EQ(refusal("1", many), "More than 1000 settings cannot be kept.");
}

TEST_F(BrokerChangesTest, WhatIsKeptIsLimitedInSum) {
    const std::string text(32 << 10, 'x');
    const auto name = [](int i) { return fmt::format("listener.name.n{}.sasl.kerberos.kinit.cmd", i); };
    for (int i = 0; i < 7; ++i) set("1", name(i), text);
    EXPECT_TRUE(refusal("1", {{name(7), 0, text}}).starts_with("The broker's settings would have 262"));
    std::vector<std::string> names;
    for (int i = 0; i < 200; ++i) names.push_back(fmt::format("{:0249}", i));
    std::vector<Incremental> many;
    for (const std::string& each : names) many.push_back({each, 0, "1"});
    EXPECT_TRUE(refusal("", many).ends_with("and 262144 can be kept: delete some first."));
    many.resize(10);
    EXPECT_EQ(change("", many).error_code, ErrorCode::none);
    ASSERT_TRUE(settings_->change([&](auto& after, const auto& keep) {
        for (int i = 7; i < 12; ++i) after.broker[name(i)] = text;
        return keep();
    })) << "as another version may have kept it";
    EXPECT_NE(refusal("1", {{"log.retention.ms", 0, "1000"}}), "");
    EXPECT_EQ(change("1", {{name(0), 1, {}}}).error_code, ErrorCode::none) << "less is good";
}

TEST_F(BrokerChangesTest, ATopicsSettingsMustStayPossible) {
    ASSERT_TRUE(topics_->create("lag", 1, {{"min.compaction.lag.ms", "500"}}));
    EXPECT_EQ(refusal("1", {{"log.cleaner.max.compaction.lag.ms", 0, "400"}}),
              "topic 'lag': min.compaction.lag.ms (500) is more than max.compaction.lag.ms (400)");
    EXPECT_EQ(
        refusal("1", {{"log.cleaner.max.compaction.lag.ms", 0, "10"}, {"log.cleaner.min.compaction.lag.ms", 0, "20"}}),
        "min.compaction.lag.ms (20) is more than max.compaction.lag.ms (10)");
}

TEST_F(BrokerChangesTest, SecretsAreNeitherKeptNorShown) {
    set("1", "listener.name.plaintext.ssl.keystore.password", "swordfish");
    set("1", "no.such", "swordfish");
    set("1", "sasl.jaas.config", "swordfish");
    for (const char* name : {"listener.name.plaintext.ssl.keystore.password", "no.such", "sasl.jaas.config"}) {
        const auto told = one(broker_type, "1", name);
        EXPECT_TRUE(told.is_sensitive) << name;
        EXPECT_EQ(told.value, std::nullopt) << name;
        EXPECT_EQ(told.config_source, 2) << name;
        EXPECT_FALSE(told.read_only) << name;
        EXPECT_EQ(told.synonyms.at(0).value, std::nullopt) << name;
    }
    EXPECT_EQ(read_file(disk_, "/data/broker_settings.json")->find("swordfish"), std::string::npos);
    set("1", "log.retention.ms", "1000");
    EXPECT_EQ(settings_->values().broker.size(), 4U);
}

TEST_F(BrokerChangesTest, ListsAreAddedTo) {
    EXPECT_EQ(change("1", {{"log.cleanup.policy", 2, "compact"}}).error_code, ErrorCode::none);
    EXPECT_TRUE(log_->find("plain", 0)->settings()->compacts());
    EXPECT_EQ(one(topic_type, "plain", "cleanup.policy").value, "delete,compact");
    EXPECT_EQ(change("1", {{"log.cleanup.policy", 3, "delete"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().broker.at("log.cleanup.policy"), "compact");
}

TEST_F(BrokerChangesTest, ListsOfAllBrokersBeginWithWhatIsSetForAll) {
    set("1", "log.cleanup.policy", "compact");
    EXPECT_EQ(change("", {{"log.cleanup.policy", 2, "delete"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().cluster.at("log.cleanup.policy"), "delete") << "as it is built in";
    set("", "log.cleanup.policy", "compact,delete");
    EXPECT_EQ(change("", {{"log.cleanup.policy", 3, "compact"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().cluster.at("log.cleanup.policy"), "delete");
    EXPECT_EQ(settings_->values().broker.at("log.cleanup.policy"), "compact");
    replace("1", {});
    EXPECT_EQ(change("1", {{"log.cleanup.policy", 2, "compact"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().broker.at("log.cleanup.policy"), "delete,compact") << "one has what all have";
    replace("", {});
    set("1", "log.cleanup.policy", "delete");
    door_->options.topic_defaults.cleanup_policy = "compact";
    EXPECT_EQ(change("", {{"log.cleanup.policy", 2, "delete"}}).error_code, ErrorCode::none);
    EXPECT_EQ(settings_->values().cluster.at("log.cleanup.policy"), "compact,delete") << "as it is configured";
}

TEST_F(BrokerChangesTest, WhatIsNoSettingOfTheBrokerGivesTopicsNothing) {
    const auto before = describe(topic_type, "plain");
    for (const Setting& each : topic_settings())
        if (find_broker_setting(name_in_broker(each)) == nullptr && !is_fixed_setting(name_in_broker(each)))
            set("1", name_in_broker(each), "true");
    EXPECT_TRUE(settings_->values().broker.contains("write.caching"));
    const auto after = describe(topic_type, "plain");
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < after.size(); ++i) EXPECT_EQ(said(after[i]), said(before[i])) << after[i].name;
    EXPECT_TRUE(one(broker_type, "1", "write.caching").is_sensitive) << "kept, and described where it was set";
}

TEST_F(BrokerChangesTest, OnlyWhatCannotBeChangedIsReadOnly) {
    for (const auto& each : describe(broker_type, "1")) {
        const Setting* setting = find_broker_setting(each.name);
        EXPECT_EQ(each.read_only, setting->update == Update::never) << each.name;
        EXPECT_FALSE(each.documentation->empty()) << each.name;
    }
    EXPECT_TRUE(one(broker_type, "1", "listeners").read_only);
}

TEST_F(BrokerChangesTest, ConnectionsAreLimitedAtOnce) {
    EXPECT_EQ(door_->max_connections, 0U);
    set("", "max.connections", "7");
    EXPECT_EQ(door_->max_connections, 7U);
    set("1", "max.connections", "8");
    EXPECT_EQ(door_->max_connections, 8U);
    replace("1", {});
    EXPECT_EQ(door_->max_connections, 7U);
    replace("", {});
    EXPECT_EQ(door_->max_connections, 0U);
}

TEST_F(BrokerChangesTest, ProducersAreForgottenAsSoonAsIsSaid) {
    EXPECT_EQ(producer_expiration_ms(settings_->values()), 86'400'000);
    set("1", "producer.id.expiration.ms", "1000");
    EXPECT_EQ(producer_expiration_ms(settings_->values()), 1000);
    EXPECT_EQ(one(broker_type, "1", "producer.id.expiration.ms").value, "1000");
}

TEST_F(BrokerChangesTest, WhatCannotBeWrittenIsNotInForce) {
    disk_.fail_syncs(1);
    EXPECT_EQ(change("1", {{"log.retention.ms", 0, "1000"}}).error_code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(retention_ms("plain"), log::Config().retention_ms);
    EXPECT_EQ(one(topic_type, "plain", "retention.ms").config_source, 5);
}

}  // namespace
}  // namespace pinflow::kafka
