#include "connect/key_checks.h"

#include <fmt/ranges.h>

#include "base/text.h"

namespace pinflow::connect {

KeyCheck at_least(int64_t least) {
    return [least](std::string_view value) -> std::optional<std::string> {
        const auto number = parse_int(value);
        if (number && *number >= least) return std::nullopt;
        return fmt::format("Value must be at least {}", least);
    };
}

KeyCheck between(int64_t least, int64_t most) {
    return [least, most](std::string_view value) -> std::optional<std::string> {
        const auto number = parse_int(value);
        if (number && *number > most) return fmt::format("Value must be no more than {}", most);
        if (number && *number >= least) return std::nullopt;
        return fmt::format("Value must be at least {}", least);
    };
}

KeyCheck one_of(std::vector<std::string> values) {
    return [values = std::move(values)](std::string_view value) -> std::optional<std::string> {
        if (std::ranges::find(values, value) != values.end()) return std::nullopt;
        return fmt::format("String must be one of: {}", fmt::join(values, ", "));
    };
}

KeyCheck one_of_ignoring_case(std::vector<std::string> values) {
    return [values = std::move(values)](std::string_view value) -> std::optional<std::string> {
        for (const std::string& each : values)
            if (equals_ignoring_case(each, value)) return std::nullopt;
        return fmt::format("String must be one of (case insensitive): {}", fmt::join(values, ", "));
    };
}

KeyCheck not_blank() {
    return [](std::string_view value) -> std::optional<std::string> {
        if (!trim(value).empty()) return std::nullopt;
        return "String must be non-empty";
    };
}

}  // namespace pinflow::connect
