// What entries mean: names, prefixes, principals, hosts, operations that imply others, denials.
#include "auth/acl_index.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace pinflow::auth {
namespace {

constexpr auto topic = ResourceType::topic;
constexpr auto literal = PatternType::literal;
constexpr auto prefixed = PatternType::prefixed;
constexpr auto allow = Permission::allow;
constexpr auto deny = Permission::deny;
constexpr Asker alice_here{"User:alice", "10.0.0.1"};
constexpr Asker bob{"User:bob", "10.0.0.2"};

Acl entry(std::string name, PatternType pattern, std::string principal, Operation operation,
          Permission permission = allow, std::string host = "*") {
    return {topic, std::move(name), pattern, std::move(principal), std::move(host), operation, permission};
}

bool may(const AclIndex& index, const Asker& asker, Operation operation, std::string_view name,
         ResourceType type = topic) {
    return (index.ask(asker, {type, name}).allowed & AclIndex::bit(operation)) != 0;
}

TEST(AclIndex, NothingIsAllowedUnlessAnEntrySaysSo) {
    const AclIndex empty({});
    EXPECT_FALSE(may(empty, alice_here, Operation::read, "pins"));
    EXPECT_FALSE(empty.ask(alice_here, {topic, "pins"}).has_entries);
    const AclIndex index({entry("pins", literal, "User:alice", Operation::write)});
    EXPECT_TRUE(may(index, alice_here, Operation::write, "pins"));
    EXPECT_FALSE(may(index, alice_here, Operation::read, "pins"));
    EXPECT_FALSE(may(index, bob, Operation::write, "pins"));
    EXPECT_FALSE(may(index, alice_here, Operation::write, "pin"));
    EXPECT_FALSE(may(index, alice_here, Operation::write, "pins2"));
    EXPECT_FALSE(may(index, alice_here, Operation::write, "pins", ResourceType::group));
    EXPECT_TRUE(index.ask(bob, {topic, "pins"}).has_entries);
    EXPECT_FALSE(index.ask(bob, {topic, "users"}).has_entries);
    EXPECT_FALSE(index.ask(bob, {ResourceType::group, "pins"}).has_entries);
}

TEST(AclIndex, NamesMayBeAllOrHaveAPrefix) {
    const AclIndex index({entry("*", literal, "User:alice", Operation::read),
                          entry("team-", prefixed, "User:bob", Operation::read),
                          entry("team-secret-", prefixed, "User:bob", Operation::read, deny),
                          entry("*", prefixed, "User:bob", Operation::alter)});
    EXPECT_TRUE(may(index, alice_here, Operation::read, "pins"));
    EXPECT_TRUE(may(index, alice_here, Operation::read, "*"));
    EXPECT_TRUE(may(index, bob, Operation::read, "team-"));
    EXPECT_TRUE(may(index, bob, Operation::read, "team-pins"));
    EXPECT_TRUE(may(index, bob, Operation::read, "team-secret"));
    EXPECT_FALSE(may(index, bob, Operation::read, "team-secret-pins"));
    EXPECT_FALSE(may(index, bob, Operation::read, "team"));
    EXPECT_FALSE(may(index, bob, Operation::read, "xteam-"));
    EXPECT_FALSE(may(index, bob, Operation::alter, "pins")) << "a prefix that is a star means the star";
    EXPECT_TRUE(may(index, bob, Operation::alter, "*pins"));
    EXPECT_TRUE(index.ask(bob, {topic, "pins"}).has_entries) << "that for all names is one for this name too";
}

TEST(AclIndex, PrincipalsAndHostsAreOneOrAll) {
    const AclIndex index({entry("pins", literal, "User:*", Operation::describe),
                          entry("pins", literal, "User:alice", Operation::read, allow, "10.0.0.1"),
                          entry("pins", literal, "User:alice", Operation::write, allow, "10.0.0.9"),
                          entry("pins", literal, "Group:bob", Operation::all)});
    EXPECT_TRUE(may(index, bob, Operation::describe, "pins"));
    EXPECT_TRUE(may(index, alice_here, Operation::read, "pins"));
    EXPECT_FALSE(may(index, alice_here, Operation::write, "pins")) << "not from there";
    EXPECT_FALSE(may(index, bob, Operation::read, "pins"));
    EXPECT_FALSE(may(index, {"User:", ""}, Operation::read, "pins"));
}

TEST(AclIndex, WhoMayDoMoreMayDescribe) {
    for (const Operation each : {Operation::read, Operation::write, Operation::remove, Operation::alter}) {
        const AclIndex index({entry("pins", literal, "User:alice", each)});
        EXPECT_TRUE(may(index, alice_here, Operation::describe, "pins"));
        EXPECT_FALSE(may(index, alice_here, Operation::describe_configs, "pins"));
        EXPECT_EQ(std::popcount(index.ask(alice_here, {topic, "pins"}).allowed), 2);
        const AclIndex refused({entry("pins", literal, "User:alice", each, deny),
                                entry("pins", literal, "User:alice", Operation::describe)});
        EXPECT_TRUE(may(refused, alice_here, Operation::describe, "pins")) << "a denial implies nothing";
    }
    const AclIndex configs({entry("pins", literal, "User:alice", Operation::alter_configs)});
    EXPECT_TRUE(may(configs, alice_here, Operation::describe_configs, "pins"));
    EXPECT_FALSE(may(configs, alice_here, Operation::describe, "pins"));
    const AclIndex create({entry("pins", literal, "User:alice", Operation::create)});
    EXPECT_FALSE(may(create, alice_here, Operation::describe, "pins"));
    const AclIndex all({entry("pins", literal, "User:alice", Operation::all)});
    for (auto each = static_cast<int8_t>(Operation::all); each <= static_cast<int8_t>(Operation::describe_tokens);
         ++each)
        EXPECT_TRUE(may(all, alice_here, static_cast<Operation>(each), "pins"));
}

TEST(AclIndex, DenialsWin) {
    for (const Acl& denial : {entry("pins", literal, "User:alice", Operation::read, deny),
                              entry("pins", literal, "User:*", Operation::all, deny),
                              entry("*", literal, "User:alice", Operation::read, deny),
                              entry("p", prefixed, "User:*", Operation::read, deny, "10.0.0.1")}) {
        const AclIndex index({denial, entry("pins", literal, "User:alice", Operation::all),
                              entry("*", literal, "User:*", Operation::all)});
        EXPECT_FALSE(may(index, alice_here, Operation::read, "pins"));
        EXPECT_TRUE(may(index, bob, Operation::read, "users") || denial.name == "p");
    }
}

TEST(AclIndex, SomewhereIsWhereNoDenialCoversIt) {
    const auto somewhere = [](std::set<Acl> acls) {
        return AclIndex(std::move(acls)).anywhere(alice_here, Operation::write, topic);
    };
    const Acl pins = entry("pins", literal, "User:alice", Operation::write);
    const Acl team = entry("team-", prefixed, "User:*", Operation::all);
    const Acl all = entry("*", literal, "User:alice", Operation::write);
    EXPECT_FALSE(somewhere({}));
    EXPECT_TRUE(somewhere({pins}));
    EXPECT_TRUE(somewhere({team}));
    EXPECT_TRUE(somewhere({all}));
    EXPECT_FALSE(somewhere({entry("pins", literal, "User:bob", Operation::write)}));
    EXPECT_FALSE(somewhere({entry("pins", literal, "User:alice", Operation::write, allow, "10.0.0.9")}));
    EXPECT_FALSE(somewhere({entry("pins", literal, "User:alice", Operation::read)}));
    EXPECT_FALSE(somewhere({pins, entry("pins", literal, "User:alice", Operation::write, deny)}));
    EXPECT_FALSE(somewhere({pins, entry("pi", prefixed, "User:*", Operation::all, deny)}));
    EXPECT_TRUE(somewhere({pins, entry("pins2", prefixed, "User:*", Operation::all, deny)}));
    EXPECT_FALSE(somewhere({pins, team, all, entry("*", literal, "User:*", Operation::write, deny)}));
    EXPECT_TRUE(somewhere({team, entry("team-", literal, "User:alice", Operation::write, deny)}));
    EXPECT_FALSE(somewhere({team, entry("team-", prefixed, "User:alice", Operation::write, deny)}));
    EXPECT_TRUE(somewhere({team, entry("team-a", prefixed, "User:alice", Operation::write, deny)}));
    EXPECT_TRUE(somewhere({all, entry("a", prefixed, "User:alice", Operation::write, deny)}));
}

// Going through all of them would take minutes here.
TEST(AclIndex, AQuestionDoesNotGoThroughAllEntries) {
    std::set<Acl> acls;
    for (int i = 0; i < 5000; ++i) {
        acls.insert(entry("*", literal, fmt::format("User:{}", i), Operation::read));
        acls.insert(entry(fmt::format("topic-{}", i), literal, "User:alice", Operation::write));
        acls.insert(entry(fmt::format("team-{}-", i), prefixed, "User:alice", Operation::write));
    }
    const AclIndex index(std::move(acls));
    const int64_t began_ms = system_clock().steady_ms();
    for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(may(index, alice_here, Operation::write, "team-4999-pins"));
    EXPECT_LT(system_clock().steady_ms() - began_ms, 20'000);
}

}  // namespace
}  // namespace pinflow::auth
