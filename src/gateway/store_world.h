// For tests: a clock that is set, and files put where a store looks for them.
#pragma once
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/disk.h"
#include "rest/door_world.h"

namespace pinflow::gateway {

class SetClock final : public Clock {
  public:
    int64_t wall_ms() const override { return wall; }
    int64_t steady_ms() const override { return steady; }
    int64_t wall = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z
    int64_t steady = 0;
};

inline void write_text(Disk& disk, const std::filesystem::path& file, std::string_view text) {
    ASSERT_TRUE(disk.make_directories(file.parent_path()));
    ASSERT_TRUE(replace_file(disk, file, text));
}

}  // namespace pinflow::gateway
