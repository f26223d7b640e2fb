// The service's patterns, each with its text as validation errors show it.
#include <algorithm>

#include "kinesis/fields.h"

namespace pinflow::kinesis {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' || c == '-';
    });
}

bool is_number(std::string_view text, size_t most_digits) {
    const bool digits = !text.empty() && std::ranges::all_of(text, is_digit);
    return digits && text.size() <= most_digits && (text.size() == 1 || text[0] != '0');
}

// arn:aws…:kinesis:REGION:ACCOUNT:stream/NAME
bool is_arn(std::string_view text) {
    constexpr std::string_view service = ":kinesis:", kind = ":stream/";
    const size_t at = text.find(service), stream = text.rfind(kind);
    if (!text.starts_with("arn:aws") || at == text.npos || stream == text.npos || stream < at + service.size() + 12)
        return false;
    const std::string_view account = text.substr(stream - 12, 12), name = text.substr(stream + kind.size());
    return text[stream - 13] == ':' && std::ranges::all_of(account, is_digit) && !name.empty() && !name.contains(' ');
}

// stream/NAME/consumer/NAME:SECONDS
bool is_consumer(std::string_view text) {
    constexpr std::string_view front = "stream/", part = "/consumer/";
    const size_t at = text.find(part), colon = text.rfind(':');
    if (at == text.npos || colon == text.npos || colon < at + part.size()) return false;
    const std::string_view seconds = text.substr(colon + 1);
    return is_name(text.substr(front.size(), at - front.size())) &&
           is_name(text.substr(at + part.size(), colon - at - part.size())) && !seconds.empty() &&
           std::ranges::all_of(seconds, is_digit);
}

}  // namespace

std::string_view text_of(Pattern pattern) {
    switch (pattern) {
        case Pattern::none:
            return {};
        case Pattern::name:
            return "[a-zA-Z0-9_.-]+";
        case Pattern::arn:
            return "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+";
        case Pattern::consumer_arn:
            return "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+";
        case Pattern::resource_arn:
            return "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+";
        case Pattern::hash_key:
            return "0|([1-9]\\d{0,38})";
        case Pattern::sequence_number:
            return "0|([1-9]\\d{0,128})";
    }
    return {};
}

bool matches(Pattern pattern, std::string_view text) {
    switch (pattern) {
        case Pattern::none:
            return true;
        case Pattern::name:
            return is_name(text);
        case Pattern::arn:
        case Pattern::resource_arn:
            return is_arn(text);
        case Pattern::consumer_arn:
            return is_arn(text) && is_consumer(text.substr(text.rfind("stream/")));
        case Pattern::hash_key:
            return is_number(text, 39);
        case Pattern::sequence_number:
            return is_number(text, 129);
    }
    return true;
}

}  // namespace pinflow::kinesis
