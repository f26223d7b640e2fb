#include "rest/embedded_data.h"

#include <algorithm>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/text.h"

namespace pinflow::rest {
namespace {

// The text lies in a reader's own memory, which may be written.
std::string_view put_over(std::string_view there, std::string_view shorter) {
    char* const to = const_cast<char*>(there.data());
    std::ranges::copy(shorter, to);
    return {to, shorter.size()};
}

}  // namespace

std::expected<Bytes, Refusal> bytes_in_base64(std::string_view compact) {
    const auto refuse = [&](const char* what) {
        return std::unexpected(
            Refusal{400, 400, fmt::format("Bad Request: data={} is not a {} string.", shown(compact), what)});
    };
    if (!compact.starts_with('"')) return refuse("base64");
    const std::string_view text = compact.substr(1, compact.size() - 2);
    if (text.size() % 4 < 2) {
        const auto decoded = base64_decode_over(text);
        if (!decoded) return refuse("valid base64");
        return as_bytes(*decoded);
    }
    const auto decoded = base64_decode(std::string(text).append(4 - text.size() % 4, '='));
    if (!decoded) return refuse("valid base64");
    return as_bytes(put_over(text, *decoded));
}

std::string_view text_of_string(std::string_view compact) {
    const std::string_view text = compact.substr(1, compact.size() - 2);
    return text.contains('\\') ? put_over(text, json_string_text(compact)) : text;
}

}  // namespace pinflow::rest
