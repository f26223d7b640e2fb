#include "engine/record_headers.h"

namespace pinflow::engine {
namespace {

std::optional<int64_t> varint(Bytes& rest) {
    uint64_t value = 0;
    for (size_t i = 0; i < 5 && i < rest.size(); ++i) {
        const auto byte = static_cast<uint64_t>(rest[i]);
        value |= (byte & 0x7F) << (7 * i);
        if ((byte & 0x80) != 0) continue;
        rest = rest.subspan(i + 1);
        return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
    }
    return std::nullopt;
}

// False if the length is wrong; a length of -1 gives nothing.
bool take(Bytes& rest, std::optional<Bytes>& into) {
    const auto length = varint(rest);
    if (!length || *length < -1 || *length > static_cast<int64_t>(rest.size())) return false;
    if (*length >= 0) {
        into = rest.first(static_cast<size_t>(*length));
        rest = rest.subspan(static_cast<size_t>(*length));
    }
    return true;
}

}  // namespace

std::optional<HeaderView> next_header(Bytes& rest) {
    std::optional<Bytes> name;
    HeaderView header;
    if (!take(rest, name) || !name || !take(rest, header.value)) return std::nullopt;
    header.name = as_text(*name);
    return header;
}

}  // namespace pinflow::engine
