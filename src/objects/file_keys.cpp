#include "objects/file_keys.h"

#include "base/text.h"

namespace pinflow::objects {
namespace {

constexpr size_t longest_name = 255;
constexpr size_t piece_bytes = 250;  // of a long segment, before its mark
constexpr std::string_view mark = ".~";
constexpr std::string_view as_is = "=";    // ".~=.." is "..", ".~=" is the empty segment, ".~=.~x" is ".~x"
constexpr std::string_view goes_on = ">";  // ".~>aaaa" goes on in the folder of that name

bool needs_mark(std::string_view segment) {
    return segment.empty() || segment == "." || segment == ".." || segment.starts_with(mark);
}

void append_segment(std::filesystem::path& path, std::string_view segment) {
    while (segment.size() > longest_name - mark.size() - as_is.size()) {
        if (!needs_mark(segment) && segment.size() <= longest_name) break;
        path /= std::string(mark) + std::string(goes_on) + std::string(segment.substr(0, piece_bytes));
        segment.remove_prefix(piece_bytes);
    }
    if (needs_mark(segment))
        path /= std::string(mark) + std::string(as_is) + std::string(segment);
    else
        path /= segment;
}

}  // namespace

std::filesystem::path path_of_key(std::string_view key) {
    std::filesystem::path path;
    for (const std::string_view segment : split(key, '/')) append_segment(path, segment);
    return path;
}

std::optional<Segment> segment_of_name(std::string_view name) {
    if (!name.starts_with(mark)) return Segment{std::string(name)};
    const std::string_view rest = name.substr(mark.size());
    if (rest.starts_with(as_is) && needs_mark(rest.substr(1))) return Segment{std::string(rest.substr(1))};
    if (rest.starts_with(goes_on) && rest.size() == piece_bytes + 1) return Segment{std::string(rest.substr(1)), true};
    return std::nullopt;
}

}  // namespace pinflow::objects
