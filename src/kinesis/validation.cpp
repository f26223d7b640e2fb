#include "kinesis/validation.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace pinflow::kinesis {
namespace {

constexpr size_t max_told = 10;
constexpr size_t max_data_bytes = 1048576;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
}

std::string_view first_character(std::string_view utf8) {
    size_t end = 1;
    while (end < utf8.size() && (utf8[end] & 0xc0) == 0x80) ++end;
    return utf8.substr(0, end);
}

}  // namespace

size_t characters(std::string_view utf8) {
    return static_cast<size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string_view shortened(std::string_view utf8, size_t most_bytes) {
    if (utf8.size() <= most_bytes) return utf8;
    while (most_bytes > 0 && (utf8[most_bytes] & 0xc0) == 0x80) --most_bytes;
    return utf8.substr(0, most_bytes);
}

ActionError validation_error(std::string_view failures, size_t count) {
    return {"ValidationException",
            fmt::format("{} validation error{} detected: {}", count, count == 1 ? "" : "s", failures)};
}

ActionError serialization_error(std::string message) {
    return {"SerializationException", std::move(message)};
}

ActionError not_base64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    std::string why = "Invalid last non-pad Base64 character dectected";  // sic: the service's spelling
    if (text.size() % 4 != 0)
        why = fmt::format("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.size());
    else if (const size_t bad = text.find_first_not_of(alphabet); bad != text.npos)
        why = fmt::format("Invalid Base64 character: '{}'", first_character(text.substr(bad)));
    return serialization_error(fmt::format("'{}' can not be converted to a Blob: {}", shortened(text, 200), why));
}

ActionError error_of(const Error& error) {
    switch (error.code) {
        case Code::invalid:
        case Code::too_large:
            return {"ValidationException", error.message};
        case Code::not_found:
            return {"ResourceNotFoundException", error.message};
        case Code::exists:
        case Code::conflict:
            return {"ResourceInUseException", error.message};
        case Code::unavailable:
        case Code::timeout:
        case Code::cancelled:
            return {"ServiceUnavailable", error.message, 503};
        default:
            return {"InternalFailure", error.message, 500};
    }
}

void Validation::add(std::string_view value, std::string_view where, std::string_view constraint) {
    if (failures_.size() == max_told) return;
    failures_.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, where, constraint));
}

void Validation::stream_name(std::string_view name) {
    const auto refuse = [&](std::string_view why) { add(fmt::format("'{}'", name), "streamName", why); };
    if (name.empty()) refuse("Member must have length greater than or equal to 1");
    if (name.size() > 128) refuse("Member must have length less than or equal to 128");
    if (name.empty() || !std::ranges::all_of(name, is_name_character))
        refuse("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
}

void Validation::partition_key(std::string_view key, std::string_view where) {
    if (key.empty()) add("''", where, "Member must have length greater than or equal to 1");
    if (characters(key) > 256)
        add(fmt::format("'{}'", key), where, "Member must have length less than or equal to 256");
}

void Validation::explicit_hash_key(std::string_view key, std::string_view where) {
    const bool digits = !key.empty() && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || key.size() > 39 || (key.size() > 1 && key[0] == '0'))
        add(fmt::format("'{}'", key), where, "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})");
}

void Validation::data_size(size_t bytes, std::string_view where) {
    if (bytes > max_data_bytes)
        add(fmt::format("'java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]'", bytes), where,
            fmt::format("Member must have length less than or equal to {}", max_data_bytes));
}

void Validation::between(int64_t value, int64_t least, int64_t most, std::string_view where) {
    if (value < least)
        add(fmt::format("'{}'", value), where,
            fmt::format("Member must have value greater than or equal to {}", least));
    if (value > most)
        add(fmt::format("'{}'", value), where, fmt::format("Member must have value less than or equal to {}", most));
}

void Validation::not_null(bool present, std::string_view where) {
    if (!present) add("null", where, "Member must not be null");
}

ActionResult<void> Validation::result() const {
    if (failures_.empty()) return {};
    return std::unexpected(validation_error(fmt::format("{}", fmt::join(failures_, "; ")), failures_.size()));
}

}  // namespace pinflow::kinesis
