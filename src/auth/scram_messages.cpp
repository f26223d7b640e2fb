#include "auth/scram_messages.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"

namespace pinflow::auth {
namespace {

bool is_printable(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
}

// "n=alice" is the value of n.
std::optional<std::string_view> value_of(char name, std::string_view attribute) {
    if (attribute.size() < 3 || attribute[0] != name || attribute[1] != '=') return std::nullopt;
    return attribute.substr(2);
}

// Letters, '=', text: an attribute that may be left unread.
bool is_extension(std::string_view attribute) {
    const size_t equals = attribute.find('=');
    return equals != std::string_view::npos && equals > 0 && equals + 1 < attribute.size() &&
           std::ranges::all_of(attribute.substr(0, equals),
                               [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

std::optional<std::string> read_saslname(std::string_view text) {
    std::string name;
    while (!text.empty()) {
        const bool escape = text.front() == '=';
        if (escape && text.starts_with("=2C"))
            name += ',';
        else if (escape && text.starts_with("=3D"))
            name += '=';
        else if (escape || text.front() == '\0' || text.front() == ',')
            return std::nullopt;
        else
            name += text.front();
        text.remove_prefix(escape ? 3 : 1);
    }
    if (name.empty()) return std::nullopt;
    return name;
}

// A reserved "m=" is an extension that must be understood, and none is.
std::optional<ScramClientFirst> read_client_first(std::string_view message) {
    ScramClientFirst first;
    if (!message.starts_with("n,")) return std::nullopt;
    const size_t end_of_header = message.find(',', 2);
    if (end_of_header == std::string_view::npos) return std::nullopt;
    first.header = message.substr(0, end_of_header + 1);
    first.bare = message.substr(end_of_header + 1);
    if (const std::string_view as = first.header.substr(2, end_of_header - 2); !as.empty()) {
        const auto value = value_of('a', as);
        const auto name = value ? read_saslname(*value) : std::nullopt;
        if (!name) return std::nullopt;
        first.acting_as = *name;
    }
    const auto attributes = split(first.bare, ',');
    if (attributes.size() < 2) return std::nullopt;
    const auto user = value_of('n', attributes[0]);
    const auto nonce = value_of('r', attributes[1]);
    const auto name = user ? read_saslname(*user) : std::nullopt;
    if (!name || !nonce || !is_printable(*nonce)) return std::nullopt;
    if (!std::all_of(attributes.begin() + 2, attributes.end(), is_extension)) return std::nullopt;
    first.user = *name;
    first.nonce = *nonce;
    return first;
}

std::optional<ScramClientFinal> read_client_final(std::string_view message) {
    const auto attributes = split(message, ',');
    if (attributes.size() < 3) return std::nullopt;
    const auto channel = value_of('c', attributes[0]);
    const auto nonce = value_of('r', attributes[1]);
    const auto proof = value_of('p', attributes.back());
    if (!channel || !nonce || !proof || !is_printable(*nonce)) return std::nullopt;
    if (!std::all_of(attributes.begin() + 2, attributes.end() - 1, is_extension)) return std::nullopt;
    auto binding = base64_decode(*channel), proof_bytes = base64_decode(*proof);
    if (!binding || !proof_bytes) return std::nullopt;
    const size_t end = message.size() - attributes.back().size() - 1;
    return ScramClientFinal{std::move(*binding), *nonce, message.substr(0, end), std::move(*proof_bytes)};
}

}  // namespace pinflow::auth
