#include "base/uuid.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <stdexcept>

#include "base/base64.h"
#include "base/text.h"

namespace pinflow {

Uuid Uuid::random() {
    Uuid uuid;
    if (getrandom(uuid.bytes.data(), uuid.bytes.size(), 0) != 16) throw std::runtime_error("getrandom failed");
    uuid.bytes[6] = (uuid.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    uuid.bytes[8] = (uuid.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid;
    size_t at = 0;
    for (size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') return std::nullopt;
        }
        const int high = hex_digit(text[at++]), low = hex_digit(text[at++]);
        if (high < 0 || low < 0) return std::nullopt;
        uuid.bytes[i] = static_cast<std::byte>(high * 16 + low);
    }
    return uuid;
}

std::optional<Uuid> Uuid::parse_kafka(std::string_view text) {
    std::string standard(text);
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    standard += "==";
    auto decoded = base64_decode(standard);
    if (!decoded || decoded->size() != 16) return std::nullopt;
    Uuid uuid;
    for (size_t i = 0; i < 16; ++i) uuid.bytes[i] = static_cast<std::byte>((*decoded)[i]);
    return uuid;
}

std::string Uuid::text() const {
    std::string out;
    for (size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned>(bytes[i]));
    }
    return out;
}

std::string Uuid::kafka_text() const {
    std::string out = base64_encode(bytes);
    out.resize(22);
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

}  // namespace pinflow
