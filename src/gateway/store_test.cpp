#include "gateway/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/faulty_disk.h"
#include "gateway/store_world.h"

namespace pinflow::gateway {
namespace {

using testing::HasSubstr;

class StoreTest : public testing::Test {
  protected:
    StoreTest() { open(); }
    Result<> try_open() {
        store_.reset();
        PINFLOW_ASSIGN(store_, Store::open(disk_, clock_, files));
        return {};
    }
    void open() {
        const auto opened = try_open();
        ASSERT_TRUE(opened) << opened.error().message;
    }
    int status_of(const std::string& key, const std::string& stage = "prod") {
        const rest::FakeExchange exchange("GET", "/" + stage + "/topics", "", {{"x-api-key", key}});
        const auto admission = store_->rules()->admit(stage, exchange.request(), clock_);
        return admission.refused ? gateway::status_of(*admission.refused) : 200;
    }
    void add_key(const std::string& id, const std::string& value, const std::string& plan = "") {
        ASSERT_TRUE(store_->add<&Definition::keys>(id, ApiKey{.plan = plan, .value = key_hash(value)}));
    }

    const StoreFiles files{
        .declared = "/data/gateway.toml", .stored = "/data/gateway/stored.toml", .usage = "/data/gateway/usage.json"};
    FaultyDisk disk_{3};
    SetClock clock_;
    std::shared_ptr<Store> store_;
};

TEST_F(StoreTest, WithoutAnythingThereAreNoRules) {
    EXPECT_EQ(store_->rules(), nullptr);
    EXPECT_EQ(store_->next_deadline_ms(), INT64_MAX);
}

TEST_F(StoreTest, WhatIsSetCountsAtOnceAndOutlivesAPowerLoss) {
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.api_key_required = true}));
    EXPECT_EQ(status_of("k1"), 403);
    add_key("a", "k1");
    EXPECT_EQ(status_of("k1"), 200);
    EXPECT_EQ(status_of("K1"), 403);
    disk_.power_loss();
    disk_.restart();
    open();
    EXPECT_EQ(status_of("k1"), 200);
    ASSERT_TRUE(store_->edit<&Definition::keys>("a", [](ApiKey& key) { key.enabled = false; }));
    EXPECT_EQ(status_of("k1"), 403);
    ASSERT_TRUE(store_->edit<&Definition::keys>("a", [](ApiKey& key) {
        key.enabled = true;
        key.value = key_hash("k2");
    }));
    EXPECT_EQ(status_of("k1"), 403);
    EXPECT_EQ(status_of("k2"), 200);
    ASSERT_TRUE(store_->remove<&Definition::keys>("a"));
    EXPECT_EQ(status_of("k2"), 403);
    EXPECT_EQ(status_of("k2", "other"), 403);
}

TEST_F(StoreTest, WhatCannotBeIsRefusedAndChangesNothing) {
    const auto message = [](const Result<>& outcome) { return outcome ? "" : outcome.error().message; };
    EXPECT_EQ(message(store_->set<&Definition::plans>("p", Plan{.stages = {"x"}})), "plan p: there is no stage x");
    EXPECT_EQ(message(store_->remove<&Definition::stages>("x")), "there is none of that name");
    ASSERT_TRUE(store_->set<&Definition::stages>("x", Stage{}));
    ASSERT_TRUE(store_->set<&Definition::plans>("p", Plan{.stages = {"x"}}));
    add_key("a", "k1", "p");
    EXPECT_EQ(message(store_->remove<&Definition::stages>("x")), "plan p: there is no stage x");
    EXPECT_EQ(message(store_->remove<&Definition::plans>("p")), "key a: there is no plan p");
    EXPECT_EQ(message(store_->add<&Definition::keys>("a", ApiKey{})), "there is one of that name already");
    EXPECT_EQ(message(store_->add<&Definition::keys>("b", ApiKey{.value = key_hash("k1")})),
              "key b: key a has the same value");
    EXPECT_EQ(store_->definition().keys.size(), 1u);
}

TEST_F(StoreTest, WhatCannotBeStoredDoesNotCount) {
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{}));
    disk_.fail_writes(1);
    EXPECT_FALSE(store_->set<&Definition::stages>("other", Stage{}));
    EXPECT_FALSE(store_->definition().stages.contains("other"));
}

TEST_F(StoreTest, ThePersonsFileGoesFirstAndIsNotChanged) {
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.timeout_ms = 100}));
    write_text(disk_, files.declared, "direct = true\n[stages.prod]\ntimeout_ms = 200\n");
    open();
    EXPECT_EQ(store_->definition().stages.at("prod").timeout_ms, 200);
    const auto refused = store_->set<&Definition::stages>("prod", Stage{});
    EXPECT_EQ(refused.error().message,
              "this is laid down at /data/gateway.toml:2: change it there, then start Pinflow anew");
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_FALSE(store_->remove<&Definition::stages>("prod"));
    EXPECT_THAT(store_->set_settings(false, std::nullopt).error().message,
                HasSubstr("laid down in /data/gateway.toml"));
    ASSERT_TRUE(store_->set_settings(std::nullopt, Throttle{5, 5}));
    ASSERT_TRUE(store_->set<&Definition::stages>("dev", Stage{}));
    EXPECT_EQ(store_->definition().account, (Throttle{5, 5}));
    ASSERT_TRUE(store_->set_settings(std::nullopt, Throttle{}));
    EXPECT_EQ(store_->definition().account, std::nullopt);
}

TEST_F(StoreTest, AFileThatCannotBeReadStopsTheStart) {
    write_text(disk_, files.declared, "[stages.prod]\nrate = 1\n");
    EXPECT_THAT(try_open().error().message, HasSubstr("/data/gateway.toml:1: [stages.prod] needs rate and burst"));
    write_text(disk_, files.declared, "[plans.p]\nstages = [\"prod\"]\n");
    EXPECT_THAT(try_open().error().message, HasSubstr("/data/gateway.toml:1: plan p: there is no stage prod"));
    write_text(disk_, files.declared, "");
    write_text(disk_, files.stored, "[stages");
    EXPECT_THAT(try_open().error().message, HasSubstr("/data/gateway/stored.toml:1:"));
    write_text(disk_, files.stored, "");
    write_text(disk_, files.usage, "{}");
    EXPECT_THAT(try_open().error().message, HasSubstr("/data/gateway/usage.json: "));
    StoreFiles named = files;
    named.declared = "/nowhere.toml";
    named.declared_is_named = true;
    EXPECT_FALSE(Store::open(disk_, clock_, named));
}

TEST_F(StoreTest, CountsOfQuotasOutliveAPowerLoss) {
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.api_key_required = true}));
    ASSERT_TRUE(store_->set<&Definition::plans>("p", Plan{.quota = 3}));
    add_key("a", "k1", "p");
    EXPECT_EQ(status_of("k1"), 200);
    EXPECT_EQ(status_of("k1"), 200);
    EXPECT_EQ(store_->next_deadline_ms(), 1000) << "a second after the last";
    store_->tick();
    disk_.power_loss();
    disk_.restart();
    open();
    EXPECT_EQ(store_->usage().at("a").value.used, 2);
    EXPECT_EQ(status_of("k1"), 200);
    EXPECT_EQ(status_of("k1"), 429);
    ASSERT_TRUE(store_->set<&Definition::plans>("p", Plan{.quota = 4}));
    EXPECT_EQ(status_of("k1"), 200) << "what is used stays, of more";
    EXPECT_EQ(status_of("k1"), 429);
    clock_.wall += 86'400'000;
    EXPECT_EQ(status_of("k1"), 200);
    ASSERT_TRUE(store_->set<&Definition::plans>("p", Plan{.quota = 1, .period = Period::month}));
    EXPECT_EQ(store_->usage().at("a").value.used, 0) << "of another period";
}

TEST_F(StoreTest, ABucketStaysWhileItsSizeDoes) {
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.throttle = {1, 2}}));
    EXPECT_EQ(status_of(""), 200);
    EXPECT_EQ(status_of(""), 200);
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.description = "x", .throttle = {1, 2}}));
    EXPECT_EQ(status_of(""), 429);
    ASSERT_TRUE(store_->set<&Definition::stages>("prod", Stage{.throttle = {1, 3}}));
    EXPECT_EQ(status_of(""), 200);
}

}  // namespace
}  // namespace pinflow::gateway
