// Opaque tokens that clients carry: iterators, places in a list. A check makes sure that what comes back was given out
// here and for this purpose; it is no secret, and a token allows nothing that its bearer may not do.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis/validation.h"

namespace pinflow::kinesis {

enum class TokenKind : uint8_t { iterator = 1, shards = 2, consumers = 3 };

inline constexpr int64_t token_life_ms = 300'000;

std::string seal(TokenKind kind, std::string_view content);
std::optional<std::string> unseal(TokenKind kind, std::string_view token);

// ExpiredNextTokenException.
ActionError expired_token(int64_t given_ms, int64_t now_ms);

// "Thu Jan 22 01:22:02 UTC 2015"
std::string utc_text(int64_t ms_since_epoch);

}  // namespace pinflow::kinesis
