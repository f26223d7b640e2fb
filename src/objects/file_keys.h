// How keys become paths below a folder, and back (docs/objects.md, "Files"). A segment that can be a file's name is
// that name; others begin with ".~": what is empty, ".", "..", begins with ".~" itself, or is longer than a name may
// be.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::objects {

inline constexpr std::string_view temporary_folder = ".~tmp";  // below the root; no key maps there

std::filesystem::path path_of_key(std::string_view key);  // relative

// What a name in a folder stands for: the text of a segment, or the beginning of one that goes on in the folder below.
struct Segment {
    std::string text;
    bool goes_on = false;
};
// Nothing for names that path_of_key never makes.
std::optional<Segment> segment_of_name(std::string_view name);

}  // namespace pinflow::objects
