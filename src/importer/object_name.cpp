#include "importer/object_name.h"

#include <array>
#include <charconv>

namespace pinflow::importer {
namespace {

template <class Number>
std::optional<Number> number(std::string_view digits) {
    Number value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
}

constexpr std::array line_endings = {std::string_view(".json"), std::string_view(".jsonl"),
                                     std::string_view(".ndjson")};

// The key without the ending, if it is one of them.
std::optional<std::string_view> without_ending(std::string_view key) {
    for (const std::string_view ending : line_endings)
        if (key.ends_with(ending)) return key.substr(0, key.size() - ending.size());
    return std::nullopt;
}

}  // namespace

std::optional<ObjectName> parse_object_name(std::string_view key, char delimiter) {
    const std::string_view file = key.substr(key.rfind('/') + 1);  // npos + 1: all of it
    const std::string_view stem = file.substr(0, file.find('.', file.rfind(delimiter) + 1));
    const size_t last = stem.rfind(delimiter);
    if (last == std::string_view::npos || last == 0) return std::nullopt;
    const size_t middle = stem.rfind(delimiter, last - 1);
    if (middle == std::string_view::npos || middle == 0) return std::nullopt;
    const auto partition = number<int32_t>(stem.substr(middle + 1, last - middle - 1));
    const auto offset = number<int64_t>(stem.substr(last + 1));
    if (!partition || !offset) return std::nullopt;
    return ObjectName{stem.substr(0, middle), *partition, *offset};
}

Kind kind_of(std::string_view key) {
    const bool is_gzip = key.ends_with(".gz");
    if (is_gzip) key.remove_suffix(3);
    const auto stem = without_ending(key);
    if (!stem) return Kind::other;
    if (stem->ends_with(".keys") || stem->ends_with(".headers")) return Kind::keys_or_headers;
    return is_gzip ? Kind::gzip_lines : Kind::lines;
}

BesideName parse_beside_name(std::string_view key) {
    const size_t keys = key.rfind(".keys.") + 1, headers = key.rfind(".headers.") + 1;  // 0: not there
    const bool is_keys = keys > headers;
    const std::string_view mark = is_keys ? ".keys" : ".headers";
    std::string values(key);
    values.erase(values.rfind(std::string(mark) + "."), mark.size());
    return {is_keys, std::move(values)};
}

}  // namespace pinflow::importer
