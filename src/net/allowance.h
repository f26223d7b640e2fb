// How often a client may do what costs us and brings it nothing: so many times at once, so many a second in the long
// run.
#pragma once
#include <algorithm>
#include <cstdint>

namespace pinflow::net {

class Allowance {
  public:
    Allowance(int64_t at_once, int64_t per_second)
        : most_(at_once * 1000), per_second_(per_second), left_(at_once * 1000) {}

    // False if it was once too often. `now_ms` never steps back.
    bool take(int64_t now_ms) {
        if (last_ms_ != 0) left_ = std::min(most_, left_ + (now_ms - last_ms_) * per_second_);
        last_ms_ = now_ms;
        if (left_ < 1000) return false;
        left_ -= 1000;
        return true;
    }

  private:
    const int64_t most_;  // these in thousandths
    const int64_t per_second_;
    int64_t left_;
    int64_t last_ms_ = 0;
};

}  // namespace pinflow::net
