#include "base/clock.h"

#include <chrono>

namespace pinflow {
namespace {

class SystemClock final : public Clock {
  public:
    int64_t wall_ms() const override { return count<std::chrono::system_clock>(); }
    int64_t steady_ms() const override { return count<std::chrono::steady_clock>(); }

  private:
    template <class C>
    static int64_t count() {
        return std::chrono::duration_cast<std::chrono::milliseconds>(C::now().time_since_epoch()).count();
    }
};

}  // namespace

Clock& system_clock() {
    static SystemClock clock;
    return clock;
}

}  // namespace pinflow
