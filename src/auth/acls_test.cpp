#include "auth/acls.h"

#include <gtest/gtest.h>

#include "auth/acls_file.h"
#include "base/faulty_disk.h"

namespace pinflow::auth {
namespace {

constexpr Asker alice{"User:alice", "127.0.0.1"};
constexpr Asker admin{"User:admin", "127.0.0.1"};
constexpr Resource pins{ResourceType::topic, "pins"};

class AclsTest : public testing::Test {
  protected:
    void open(AclOptions options = {}) { acls_ = Acls::open(disk_, "/acls.json", std::move(options)).value(); }
    std::vector<Acl> all() const { return acls_->find({}); }
    static Acl entry(std::string name, Operation operation = Operation::read) {
        return {ResourceType::topic, std::move(name),  PatternType::literal, "User:alice", "*",
                operation,           Permission::allow};
    }

    FaultyDisk disk_{7};
    std::unique_ptr<Acls> acls_ = Acls::open(disk_, "/acls.json", {}).value();
};

TEST_F(AclsTest, WhatWasAnsweredSurvivesAPowerLoss) {
    ASSERT_TRUE(acls_->add({entry("pins"), entry("users")}));
    ASSERT_TRUE(acls_->remove({AclFilter{.name = "users"}}));
    disk_.power_loss();
    EXPECT_FALSE(acls_->add({entry("more")}));
    EXPECT_EQ(all(), std::vector{entry("pins")}) << "what is not stored does not count";
    EXPECT_FALSE(acls_->allows(alice, Operation::read, {ResourceType::topic, "more"}));
    disk_.restart();
    open();
    EXPECT_EQ(all(), std::vector{entry("pins")});
    EXPECT_TRUE(acls_->allows(alice, Operation::read, pins));
}

TEST_F(AclsTest, AFullDiskChangesNothing) {
    ASSERT_TRUE(acls_->add({entry("pins")}));
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_FALSE(acls_->add({entry("users")}));
    EXPECT_FALSE(acls_->remove({AclFilter{}}));
    EXPECT_EQ(all(), std::vector{entry("pins")});
    EXPECT_TRUE(acls_->add({entry("pins")})) << "it is there: nothing to write";
}

TEST_F(AclsTest, WhatTheFileSaysCountsAlthoughItsFolderWasNotSynced) {
    ASSERT_TRUE(acls_->add({entry("pins")}));
    const uint64_t version = acls_->version();
    disk_.fail_folder_syncs(1);
    EXPECT_FALSE(acls_->add({entry("users")})) << "it may be gone after a power loss";
    EXPECT_EQ(all(), (std::vector{entry("pins"), entry("users")}));
    EXPECT_NE(acls_->version(), version);
    open();
    EXPECT_EQ(all(), (std::vector{entry("pins"), entry("users")}));
}

TEST_F(AclsTest, AHostIsOneHoweverItIsWritten) {
    EXPECT_EQ(normal_host("2001:DB8:0:0:0:0:0:7"), "2001:db8::7");
    EXPECT_EQ(normal_host("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(normal_host("::FFFF:10.0.0.1"), "10.0.0.1");
    for (const char* same : {"*", "10.0.0.1", "2001:db8::7", "::ffff:0:0:1", "a.host", "010.0.0.1"})
        EXPECT_EQ(normal_host(same), same);
    Acl far = entry("pins");
    far.host = "2001:DB8:0:0:0:0:0:7";
    ASSERT_TRUE(replace_file(disk_, "/acls.json", write_acls({far})));
    open();
    EXPECT_TRUE(acls_->allows({"User:alice", "2001:db8::7"}, Operation::read, pins));
}

TEST_F(AclsTest, EachFilterIsToldWhatItMatched) {
    ASSERT_TRUE(acls_->add({entry("pins"), entry("users"), entry("users", Operation::write)}));
    const auto gone = acls_->remove(
        {AclFilter{.operation = Operation::read}, AclFilter{.name = "users"}, AclFilter{.host = "10.0.0.1"}});
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->at(0), (std::vector{entry("pins"), entry("users")}));
    EXPECT_EQ(gone->at(1), (std::vector{entry("users"), entry("users", Operation::write)}));
    EXPECT_TRUE(gone->at(2).empty());
    EXPECT_TRUE(all().empty());
}

TEST_F(AclsTest, FiltersNameExactlyOrWhatCounts) {
    Acl prefix = entry("pi");
    prefix.pattern = PatternType::prefixed;
    ASSERT_TRUE(acls_->add({entry("pins"), entry("*"), entry("users"), prefix}));
    EXPECT_EQ(acls_->find({.name = "pins"}), std::vector{entry("pins")});
    EXPECT_EQ(acls_->find({.name = "*"}), std::vector{entry("*")});
    EXPECT_EQ(acls_->find({.name = "pins", .names = AclFilter::Names::matching}).size(), 3u);
    EXPECT_EQ(acls_->find({.pattern = PatternType::prefixed}), std::vector{prefix});
    EXPECT_EQ(acls_->find({.type = ResourceType::group}).size(), 0u);
    EXPECT_EQ(acls_->find({.principal = "User:*"}).size(), 0u) << "a filter takes a principal by its word";
    EXPECT_EQ(acls_->find({.permission = Permission::allow}).size(), 4u);
}

TEST_F(AclsTest, SuperUsersMayDoEverything) {
    Acl denial = entry("pins");
    denial.principal = "User:*";
    denial.permission = Permission::deny;
    ASSERT_TRUE(acls_->add({denial}));
    open({.super_users = parse_super_users(" User:root ;User:admin;").value()});
    EXPECT_TRUE(acls_->allows(admin, Operation::read, pins));
    EXPECT_TRUE(acls_->allows_anywhere(admin, Operation::write, ResourceType::topic));
    EXPECT_FALSE(acls_->allows(alice, Operation::read, pins));
    EXPECT_FALSE(acls_->allows_anywhere(alice, Operation::write, ResourceType::topic));
    for (const char* wrong : {"admin", "User:", "User:*", "User:a,Group:b;Group:c", "user:admin"})
        EXPECT_EQ(parse_super_users(wrong).error().code, Code::invalid) << wrong;
}

TEST_F(AclsTest, EveryoneMayWhereNothingIsSaid) {
    open({.allow_everyone_if_no_acl_found = true});
    EXPECT_TRUE(acls_->allows(alice, Operation::write, pins));
    EXPECT_TRUE(acls_->allows_anywhere(alice, Operation::write, ResourceType::topic));
    ASSERT_TRUE(acls_->add({entry("pins")}));
    EXPECT_TRUE(acls_->allows(alice, Operation::read, pins));
    EXPECT_FALSE(acls_->allows(alice, Operation::write, pins));
    EXPECT_FALSE(acls_->allows(admin, Operation::read, pins));
    EXPECT_TRUE(acls_->allows(admin, Operation::read, {ResourceType::topic, "users"}));
}

TEST_F(AclsTest, WhatCannotBeIsRefused) {
    EXPECT_TRUE(check_acl(entry("pins")));
    Acl cluster = entry("pins");
    cluster.type = ResourceType::cluster;
    EXPECT_EQ(check_acl(cluster).error().message, "The only valid name for the CLUSTER resource is kafka-cluster");
    EXPECT_EQ(check_acl(entry("")).error().message, "Invalid empty resource name");
    for (const std::string& name : {std::string("a\nb"), std::string("\xff"), std::string(1001, 'x')})
        EXPECT_FALSE(check_acl(entry(name)));
    Acl nobody = entry("pins");
    for (const char* principal : {"", "alice"}) {
        nobody.principal = principal;
        EXPECT_FALSE(check_acl(nobody)) << principal;
    }
    Acl nowhere = entry("pins");
    nowhere.host = "";
    EXPECT_FALSE(check_acl(nowhere));
}

TEST_F(AclsTest, ThereIsALimit) {
    std::vector<Acl> many;
    for (size_t i = 0; i < Acls::max_acls; ++i) many.push_back(entry(fmt::format("t{}", i)));
    ASSERT_TRUE(acls_->add(many));
    EXPECT_EQ(acls_->add({entry("one.more")}).error().code, Code::too_large);
    EXPECT_EQ(acls_->size(), Acls::max_acls);
    EXPECT_EQ(acls_->remove(std::vector<AclFilter>(6)).error().code, Code::too_large);
    EXPECT_EQ(acls_->remove(std::vector<AclFilter>(1001, {.name = "none"})).error().code, Code::too_large);
    open();
    EXPECT_EQ(acls_->size(), Acls::max_acls);
}

TEST_F(AclsTest, AFileThatCannotBeReadStopsTheStart) {
    ASSERT_TRUE(acls_->add({entry("pins")}));
    const std::string good = read_file(disk_, "/acls.json").value();
    EXPECT_EQ(good,
              "{\"version\":1,\"acls\":[\n{\"resource\":\"topic\",\"name\":\"pins\",\"pattern\":\"literal\","
              "\"principal\":\"User:alice\",\"host\":\"*\",\"operation\":\"read\",\"permission\":\"allow\"}\n]}\n");
    for (const std::string& bad : {std::string(), std::string("{"), good.substr(0, good.size() / 2),
                                   std::string("{\"version\":2,\"acls\":[]}"), std::string("{\"version\":1}")}) {
        ASSERT_TRUE(replace_file(disk_, "/acls.json", bad));
        const auto opened = Acls::open(disk_, "/acls.json", {});
        ASSERT_FALSE(opened) << bad;
        EXPECT_EQ(opened.error().code, Code::corrupt);
        EXPECT_NE(opened.error().message.find("/acls.json"), std::string::npos);
    }
    for (const char* part : {"topic", "pins", "literal", "User:alice", "\"*\"", "read", "allow"}) {
        std::string bad = good;
        bad.replace(bad.find(part), std::string_view(part).size(), part[0] == '"' ? "1" : "");
        EXPECT_FALSE(read_acls(bad)) << part;
    }
}

}  // namespace
}  // namespace pinflow::auth
