// The three tables of the pipeline, as topics, streams and source tables name them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pinflow::emulator {

enum class Kind : uint8_t { pin, geo, user };
inline constexpr std::array kinds{Kind::pin, Kind::geo, Kind::user};

inline constexpr std::string_view name(Kind kind) {
    return std::array<std::string_view, 3>{"pin", "geo", "user"}[static_cast<size_t>(kind)];
}

inline constexpr std::optional<Kind> parse_kind(std::string_view text) {
    for (const Kind kind : kinds)
        if (name(kind) == text) return kind;
    return std::nullopt;
}

}  // namespace pinflow::emulator
