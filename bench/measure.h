// What the C++ benchmarks share: clocks, the records they feed, and giving up with a message.
#pragma once
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::bench {

inline double cpu_seconds() {  // of this process
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

inline double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline void pause_ms(long ms) {  // between two steps of a load
    const timespec pause{.tv_sec = 0, .tv_nsec = ms * 1'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
}

[[noreturn]] inline void give_up(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
}

template <class T, class E>
T need(std::expected<T, E> result) {
    if (!result) give_up(result.error());
    return std::move(*result);
}
template <class E>
void need(const std::expected<void, E>& result) {
    if (!result) give_up(result.error());
}

inline std::string words(std::mt19937_64& random, size_t bytes) {
    static constexpr std::string_view letters = "etaoinshrdlucmfwyp";
    std::string text;
    while (text.size() < bytes) {
        for (uint64_t bits = random(), n = 3 + bits % 6; n > 0; --n, bits >>= 5) text += letters[bits % letters.size()];
        text += ' ';
    }
    text.resize(bytes - 1);
    return text + 'x';
}

// About 600 bytes, every text different, as a door writes it (compact).
inline std::string pin(std::mt19937_64& random, size_t index) {
    return fmt::format(
        R"({{"index":{},"unique_id":"{:08x}-{:04x}-4773-b19e-{:012x}","title":"{}","description":"{}…","poster_name":"{}",)"
        R"("follower_count":"{}k","tag_list":"{}","is_image_or_video":"image",)"
        R"("image_src":"https://i.pinimg.com/originals/{:032x}.jpg","downloaded":1,)"
        R"("save_location":"Local save in /data/diy-and-crafts","category":"diy-and-crafts"}})",
        index, random() >> 32, random() >> 48, random() >> 16, words(random, 50), words(random, 110), words(random, 18),
        random() % 900, words(random, 60), random());
}

}  // namespace pinflow::bench
