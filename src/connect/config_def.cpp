#include "connect/config_def.h"

#include <charconv>
#include <limits>

#include "base/text.h"

namespace pinflow::connect {
namespace {

// As Java reads whole numbers: a plus in front is fine.
bool is_whole_number(std::string_view text, int64_t least, int64_t most) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    const auto number = parse_int(text);
    return number && *number >= least && *number <= most;
}

bool is_double(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::optional<std::string> wrong_type(const Key& key, std::string_view text) {
    const auto number = [&](bool good) {
        return good ? std::nullopt : std::optional(fmt::format("Not a number of type {}", name(key.type)));
    };
    switch (key.type) {
        case ValueType::boolean:
            if (is_true(text) || equals_ignoring_case(text, "false")) return std::nullopt;
            return "Expected value to be either true or false";
        case ValueType::short_:
            return number(is_whole_number(text, INT16_MIN, INT16_MAX));
        case ValueType::int_:
            return number(is_whole_number(text, INT32_MIN, INT32_MAX));
        case ValueType::long_:
            return number(is_whole_number(text, INT64_MIN, INT64_MAX));
        case ValueType::double_:
            return number(is_double(text));
        case ValueType::string:
        case ValueType::list:
        case ValueType::class_:
        case ValueType::password:
            return std::nullopt;
    }
    std::unreachable();
}

std::string understood(const Key& key, std::string_view text) {
    if (key.type == ValueType::boolean) return to_lower(text);
    if (key.type != ValueType::list) return std::string(text);
    std::string joined;
    for (const std::string& each : list_of(text)) joined += (joined.empty() ? "" : ",") + each;
    return joined;
}

}  // namespace

std::string_view name(ValueType type) {
    static constexpr std::array<std::string_view, 9> names = {"BOOLEAN", "STRING", "SHORT", "INT",     "LONG",
                                                              "DOUBLE",  "LIST",   "CLASS", "PASSWORD"};
    return names.at(static_cast<size_t>(type));
}

std::string_view name(Importance importance) {
    static constexpr std::array<std::string_view, 3> names = {"HIGH", "MEDIUM", "LOW"};
    return names.at(static_cast<size_t>(importance));
}

std::string_view name(Width width) {
    static constexpr std::array<std::string_view, 4> names = {"NONE", "SHORT", "MEDIUM", "LONG"};
    return names.at(static_cast<size_t>(width));
}

std::string invalid_value(std::string_view value, std::string_view name, std::string_view why) {
    return fmt::format("Invalid value {} for configuration {}: {}", value, name, why);
}

ConfigValue read_value(const Key& key, const Properties& config) {
    ConfigValue result{.name = key.name, .value = key.default_value, .errors = {}};
    const auto given = config.find(key.name);
    if (given == config.end()) {
        if (key.required)
            result.errors.push_back(
                fmt::format("Missing required configuration \"{}\" which has no default value.", key.name));
        return result;
    }
    result.value.reset();
    const std::string_view text = trim(given->second);
    auto wrong = wrong_type(key, text);
    if (!wrong) result.value = understood(key, text);
    if (!wrong && key.check) wrong = key.check(*result.value);
    if (wrong) {
        const std::string_view shown = key.type == ValueType::password ? "[hidden]" : std::string_view(given->second);
        result.errors.push_back(invalid_value(shown, key.name, *wrong));
    }
    return result;
}

std::vector<std::string> list_of(std::string_view text) {
    std::vector<std::string> list;
    if (trim(text).empty()) return list;
    for (const std::string_view part : split(text, ',')) list.emplace_back(trim(part));
    return list;
}

bool is_true(std::string_view text) {
    return equals_ignoring_case(text, "true");
}

std::string text_of(const Properties& config, std::string_view key) {
    const auto found = config.find(key);
    return found == config.end() ? "" : std::string(trim(found->second));
}

int64_t number_of(const Properties& config, std::string_view key, int64_t otherwise) {
    std::string text = text_of(config, key);
    if (text.starts_with('+')) text.erase(0, 1);
    return parse_int(text).value_or(otherwise);
}

}  // namespace pinflow::connect
