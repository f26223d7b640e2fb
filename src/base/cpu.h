// What this CPU can do beyond what every CPU of its kind can.
#pragma once

namespace pinflow {

inline bool has_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

}  // namespace pinflow
