#include "kinesis/token.h"

#include <fmt/chrono.h>

#include "base/base64.h"
#include "base/digest.h"
#include "base/text.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t front_size = 8, check_size = 16;

std::string front_of(TokenKind kind) {
    std::string front(front_size, '\0');
    front.back() = static_cast<char>(kind);
    return front;
}

std::string check_of(std::string_view front_and_content) {
    const std::string text = fmt::format("pinflow kinesis token 1\n{}", front_and_content);
    return digest(Hash::sha256, text).substr(0, check_size);
}

}  // namespace

std::string seal(TokenKind kind, std::string_view content) {
    std::string token = front_of(kind);
    token += content;
    token += check_of(token);
    return base64_encode(token);
}

std::optional<std::string> unseal(TokenKind kind, std::string_view token) {
    auto text = base64_decode(token);
    if (!text || text->size() < front_size + check_size || !text->starts_with(front_of(kind))) return std::nullopt;
    const std::string_view checked = std::string_view(*text).substr(0, text->size() - check_size);
    if (!text->ends_with(check_of(checked))) return std::nullopt;
    return std::string(checked.substr(front_size));
}

ActionError expired_token(int64_t given_ms, int64_t now_ms) {
    return {"ExpiredNextTokenException",
            fmt::format("NextToken expired. The token was created at time {} while right now it is {} which is further "
                        "in the future than the tolerated delay of {} milliseconds.",
                        utc_text(given_ms), utc_text(now_ms), token_life_ms)};
}

std::string utc_text(int64_t ms) {
    return fmt::format("{:%a %b %d %H:%M:%S UTC %Y}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)));
}

}  // namespace pinflow::kinesis
