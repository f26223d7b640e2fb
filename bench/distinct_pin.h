// Pins of about 600 bytes in which every text is its own, so that no dictionary or compression makes a writer look
// good. The same number gives the same pin.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace pinflow::bench {

// splitmix64: https://prng.di.unimi.it/splitmix64.c
class Letters {
  public:
    explicit Letters(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    // Words of three to eight letters between blanks.
    void append_words(std::string& out, size_t bytes) {
        static constexpr std::string_view alphabet = "etaoinshrdlucmfwypbgvkxjzqETAOIN";  // 32: five bits a letter
        const size_t end = out.size() + bytes;
        while (out.size() < end) {
            uint64_t bits = next();
            const uint64_t length = 3 + bits % 6;
            bits >>= 8;
            for (uint64_t i = 0; i < length && out.size() < end; ++i, bits >>= 5) out += alphabet[bits & 31];
            if (out.size() + 1 < end) out += ' ';
        }
    }

  private:
    uint64_t state_;
};

inline void append_distinct_pin(std::string& out, int64_t n) {
    Letters letters(static_cast<uint64_t>(n) * 0x2545f4914f6cdd1d);
    const auto text = [&](std::string_view lead, size_t bytes) {
        out += lead;
        letters.append_words(out, bytes);
    };
    const uint64_t high = letters.next();
    const uint64_t low = letters.next();
    fmt::format_to(std::back_inserter(out), R"({{"index":{},"unique_id":"{:016x}{:016x}")", n, high, low);
    text(R"(,"title":")", 50);
    text(R"(","description":")", 150);
    text(R"(","poster_name":")", 18);
    fmt::format_to(std::back_inserter(out), R"(","follower_count":"{}k")", high % 900);
    text(R"(,"tag_list":")", 70);
    fmt::format_to(std::back_inserter(out),
                   R"(","is_image_or_video":"image","image_src":"https://i.pinimg.com/originals/{:016x}{:016x}.jpg",)"
                   R"("downloaded":1,"save_location":"Local save in /data/)",
                   low, high ^ low);
    text("", 12);
    fmt::format_to(std::back_inserter(out), R"(","category":"category {}"}})", low % 13);
}

}  // namespace pinflow::bench
