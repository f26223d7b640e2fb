// The words that sample rows are made of.
#pragma once
#include <array>
#include <span>
#include <string_view>

namespace pinflow::emulator::words {

using Words = std::span<const std::string_view>;

struct Category {
    std::string_view name;
    Words nouns;  // of titles
    Words tags;
};

std::span<const Category> categories();  // 13
Words countries();                       // 243
Words first_names();
Words last_names();
Words openings();   // of titles
Words endings();    // of titles
Words sentences();  // of descriptions; %n stands for a noun
Words brands();     // of posters
Words odd_names();  // of posters: trailing blanks, other scripts, symbols
Words hazards();    // pieces of description with quotes, backslashes, emoji, control characters

}  // namespace pinflow::emulator::words
