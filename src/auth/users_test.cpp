#include "auth/users.h"

#include <sys/stat.h>

#include "auth/auth_world.h"
#include "auth/users_file.h"

namespace pinflow::auth {
namespace {

class UsersTest : public AuthWorld {
  protected:
    void restart() { users_ = Users::open(disk_, "/users.json").value(); }
    std::string file() { return read_file(disk_, "/users.json").value(); }
};

TEST_F(UsersTest, WhatWasAnsweredSurvivesAPowerLoss) {
    ASSERT_TRUE(users_->add_key("alice", {"AKID1", "s1", "token"}));
    ASSERT_TRUE(users_->set_password("bob", "b"));
    const auto before = users_->all();
    const auto decoy = users_->decoy("eve", Hash::sha256);
    disk_.power_loss();
    EXPECT_FALSE(users_->remove("bob"));
    EXPECT_EQ(users_->all(), before) << "what is not stored does not count";
    disk_.restart();
    restart();
    EXPECT_EQ(users_->all(), before);
    EXPECT_EQ(users_->decoy("eve", Hash::sha256), decoy);
    EXPECT_EQ(users_->access_key("AKID1")->key, (AccessKey{"AKID1", "s1", "token"}));
}

TEST_F(UsersTest, APasswordIsNotKept) {
    EXPECT_EQ(file().find("correct horse"), std::string::npos);
    EXPECT_TRUE(is_password_of(Hash::sha256, *users_->scram("alice", Hash::sha256), "correct horse"));
    EXPECT_FALSE(is_password_of(Hash::sha512, *users_->scram("alice", Hash::sha512), "correct"));
}

TEST_F(UsersTest, TheFileIsForItsOwnerOnly) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "users_test";
    std::filesystem::create_directories(folder);
    const auto path = folder / "users.json";
    std::filesystem::remove(path);
    auto users = Users::open(posix_disk(), path).value();
    ASSERT_TRUE(users->add_key("alice", {"AKID", "secret", ""}));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(UsersTest, WhoHasNothingLeftIsGone) {
    ASSERT_TRUE(users_->add_key("alice", {"AKID1", "s1", ""}));
    ASSERT_TRUE(users_->change({{"alice", Hash::sha256, {}}, {"alice", Hash::sha512, {}}}));
    EXPECT_TRUE(users_->all().contains("alice"));
    ASSERT_TRUE(users_->remove_key("alice", "AKID1"));
    EXPECT_FALSE(users_->all().contains("alice"));
    EXPECT_FALSE(users_->access_key("AKID1"));
    EXPECT_EQ(users_->remove("alice").error().code, Code::not_found);
    EXPECT_EQ(users_->remove_key("alice", "AKID1").error().code, Code::not_found);
}

TEST_F(UsersTest, AChangeIsWholeOrNothing) {
    const auto before = users_->all();
    const auto credential = credential_of(Hash::sha256, "p", "salt", 4096);
    EXPECT_FALSE(users_->change({{"bob", Hash::sha256, credential}, {"eve", Hash::sha256, {}}}));
    EXPECT_EQ(users_->all(), before);
}

TEST_F(UsersTest, AKeyHasOneOwner) {
    ASSERT_TRUE(users_->add_key("alice", {"AKID1", "s1", ""}));
    EXPECT_EQ(users_->add_key("bob", {"AKID1", "s2", ""}).error().code, Code::exists);
    EXPECT_EQ(users_->access_key("AKID1")->user, "alice");
}

TEST_F(UsersTest, WhatCannotBeIsRefused) {
    for (const std::string& name : {std::string(), std::string("a\nb"), std::string("\xff"), std::string(1001, 'x')})
        EXPECT_EQ(users_->set_password(name, "p").error().code, Code::invalid) << name;
    for (const std::string& password :
         {std::string(), std::string("a\0b", 3), std::string("\xff"), std::string(1001, 'x')})
        EXPECT_EQ(users_->set_password("bob", password).error().code, Code::invalid);
    for (const std::string& id : {std::string(), std::string("a/b"), std::string("a b"), std::string(129, 'x')})
        EXPECT_EQ(users_->add_key("bob", {id, "s", ""}).error().code, Code::invalid);
    EXPECT_EQ(users_->add_key("bob", {"AKID", "", ""}).error().code, Code::invalid);
    auto credential = credential_of(Hash::sha256, "p", "salt", 4096);
    credential.iterations = 4095;
    EXPECT_EQ(users_->change({{"bob", Hash::sha256, credential}}).error().code, Code::invalid);
    EXPECT_FALSE(users_->all().contains("bob"));
}

TEST_F(UsersTest, AFileThatCannotBeReadStopsTheStart) {
    const std::string good = file();
    for (const std::string& bad :
         {std::string(), std::string("{"), good.substr(0, good.size() / 2), std::string("{\"version\":2}")}) {
        ASSERT_TRUE(replace_file(disk_, "/users.json", bad));
        const auto opened = Users::open(disk_, "/users.json");
        ASSERT_FALSE(opened) << bad;
        EXPECT_EQ(opened.error().code, Code::corrupt);
        EXPECT_NE(opened.error().message.find("/users.json"), std::string::npos);
    }
    for (const char* part : {"SCRAM-SHA-256", "4096", "\"salt\"", "\"name\"", "\"users\"", "\"stored_key\":\""}) {
        std::string bad = good;
        bad.replace(bad.find(part), std::string_view(part).size(), "\"?");
        EXPECT_FALSE(read_users(bad)) << part;
    }
}

TEST_F(UsersTest, AFullDiskChangesNothing) {
    const auto before = users_->all();
    disk_.limit_bytes(disk_.used_bytes());
    EXPECT_FALSE(users_->set_password("bob", "b"));
    EXPECT_EQ(users_->all(), before);
    disk_.limit_bytes(UINT64_MAX);
    restart();
    EXPECT_EQ(users_->all(), before);
}

}  // namespace
}  // namespace pinflow::auth
