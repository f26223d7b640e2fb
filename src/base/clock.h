// Time as a parameter, so that tests decide what time it is. Thread-safe.
#pragma once
#include <cstdint>

namespace pinflow {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual int64_t wall_ms() const = 0;    // milliseconds since 1970 UTC; may step backwards
    virtual int64_t steady_ms() const = 0;  // never steps backwards; only differences mean something
};

Clock& system_clock();

}  // namespace pinflow
