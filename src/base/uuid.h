// 128-bit identifiers: random ones (version 4), as 8-4-4-4-12 hex and as Kafka prints topic ids (URL-safe base64).
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow {

struct Uuid {
    std::array<std::byte, 16> bytes{};

    static Uuid random();
    static std::optional<Uuid> parse(std::string_view hex_with_dashes);
    static std::optional<Uuid> parse_kafka(std::string_view base64url);  // 22 characters

    std::string text() const;
    std::string kafka_text() const;
    auto operator<=>(const Uuid&) const = default;
};

}  // namespace pinflow
