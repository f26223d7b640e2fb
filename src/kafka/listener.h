// A listener as its clients know it: how they talk to it, and the address that they are told.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::kafka {

enum class Protocol : uint8_t { plaintext, ssl, sasl_plaintext, sasl_ssl };  // security.protocol

constexpr bool has_sasl(Protocol protocol) {
    return protocol == Protocol::sasl_plaintext || protocol == Protocol::sasl_ssl;
}
constexpr bool has_tls(Protocol protocol) {
    return protocol == Protocol::ssl || protocol == Protocol::sasl_ssl;
}
std::string_view name(Protocol protocol);                       // "SASL_PLAINTEXT"
std::optional<Protocol> parse_protocol(std::string_view name);  // in any case

struct Listener {
    Protocol protocol = Protocol::plaintext;
    std::string host = "127.0.0.1";  // as clients reach it
    int32_t port = 9092;
};

}  // namespace pinflow::kafka
