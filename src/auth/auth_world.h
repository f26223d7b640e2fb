// For tests: users in memory, and a clock that stands.
#pragma once
#include <gtest/gtest.h>

#include "auth/users.h"
#include "base/clock.h"
#include "base/faulty_disk.h"

namespace pinflow::auth {

class StandingClock final : public Clock {
  public:
    int64_t wall_ms() const override { return now_ms; }
    int64_t steady_ms() const override { return now_ms; }
    int64_t now_ms = 1'767'323'045'000;  // 2026-01-02T03:04:05Z
};

class AuthWorld : public testing::Test {
  protected:
    AuthWorld() { EXPECT_TRUE(users_->set_password("alice", "correct horse")); }

    StandingClock clock_;
    FaultyDisk disk_{3};
    std::unique_ptr<Users> users_ = Users::open(disk_, "/users.json").value();
};

}  // namespace pinflow::auth
