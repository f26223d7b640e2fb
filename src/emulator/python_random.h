// Python's `random` module, number for number: MT19937 seeded from an integer as CPython's random.seed does, and the
// integer functions of Lib/random.py (3.2 and later). Not thread-safe.
#pragma once
#include <array>
#include <cstdint>

namespace pinflow::emulator {

class PythonRandom {
  public:
    explicit PythonRandom(uint64_t seed);

    uint32_t getrandbits(int bits);                  // 1..32
    int64_t randrange(int64_t start, int64_t stop);  // stop excluded; 1 <= stop - start < 2^32
    int64_t randint(int64_t low, int64_t high) { return randrange(low, high + 1); }

  private:
    static constexpr int size = 624;
    uint32_t next();
    void seed_by_word(uint32_t seed);
    void twist();

    std::array<uint32_t, size> state_{};
    int used_ = size;
};

}  // namespace pinflow::emulator
