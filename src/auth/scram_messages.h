// The messages of SCRAM (RFC 5802, section 7) that a server reads, without channel binding. Views of their text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pinflow::auth {

struct ScramClientFirst {
    std::string_view header;  // "n,," or "n,a=…,": what channel binding repeats
    std::string_view bare;    // everything behind it, as it is signed
    std::string acting_as;    // the authorization id, may be empty
    std::string user;
    std::string_view nonce;
};
std::optional<ScramClientFirst> read_client_first(std::string_view message);

struct ScramClientFinal {
    std::string channel_binding;
    std::string_view nonce;
    std::string_view without_proof;  // as it is signed
    std::string proof;
};
std::optional<ScramClientFinal> read_client_final(std::string_view message);

// "=2C" is a comma, "=3D" an equals sign; nothing for any other escape.
std::optional<std::string> read_saslname(std::string_view text);

}  // namespace pinflow::auth
