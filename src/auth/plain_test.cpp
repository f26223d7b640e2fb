#include "auth/plain.h"

#include "auth/auth_world.h"

namespace pinflow::auth {
namespace {

using namespace std::string_literals;

class PlainTest : public AuthWorld {
  protected:
    Step sign_in(const std::string& token) {
        Plain plain(*users_);
        const Step step = plain.next(token);
        user_ = plain.identity().user;
        return step;
    }
    std::string user_;
};

TEST_F(PlainTest, TheRightPasswordSignsIn) {
    EXPECT_EQ(sign_in("\0alice\0correct horse"s).outcome, Step::Outcome::done);
    EXPECT_EQ(user_, "alice");
    EXPECT_EQ(sign_in("alice\0alice\0correct horse"s).outcome, Step::Outcome::done);
}

TEST_F(PlainTest, NobodyLearnsWhoExists) {
    const Step wrong = sign_in("\0alice\0wrong"s), unknown = sign_in("\0bob\0wrong"s);
    EXPECT_EQ(wrong.outcome, Step::Outcome::failed);
    EXPECT_EQ(unknown.outcome, Step::Outcome::failed);
    EXPECT_EQ(wrong.told, "Authentication failed: Invalid username or password");
    EXPECT_EQ(unknown.told, wrong.told);
    EXPECT_EQ(unknown.reason, wrong.reason);
    EXPECT_EQ(user_, "");
}

TEST_F(PlainTest, NobodyActsForAnother) {
    ASSERT_TRUE(users_->set_password("bob", "b"));
    EXPECT_EQ(sign_in("bob\0alice\0correct horse"s).outcome, Step::Outcome::failed);
}

TEST_F(PlainTest, OneHashIsEnough) {
    ASSERT_TRUE(users_->change({{"alice", Hash::sha256, {}}}));
    EXPECT_EQ(sign_in("\0alice\0correct horse"s).outcome, Step::Outcome::done);
    EXPECT_EQ(sign_in("\0alice\0wrong"s).outcome, Step::Outcome::failed);
}

TEST_F(PlainTest, WhatIsNoTokenIsRefused) {
    EXPECT_EQ(sign_in("").told, "Invalid SASL/PLAIN response: expected 3 tokens, got 1");
    EXPECT_EQ(sign_in("\0alice"s).told, "Invalid SASL/PLAIN response: expected 3 tokens, got 2");
    EXPECT_EQ(sign_in("\0alice\0correct horse\0"s).told, "Invalid SASL/PLAIN response: expected 3 tokens, got 4");
    EXPECT_EQ(sign_in("\0\0x"s).told, "Authentication failed: username not specified");
    EXPECT_EQ(sign_in("\0alice\0"s).told, "Authentication failed: password not specified");
    EXPECT_EQ(sign_in("\0alice\0"s + std::string(100'000, 'x')).outcome, Step::Outcome::failed);
    EXPECT_EQ(sign_in("\0\xff\xfe\0x"s).outcome, Step::Outcome::failed);
}

}  // namespace
}  // namespace pinflow::auth
