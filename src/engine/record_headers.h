// Kafka's record headers: count times (varint length, name, varint length or -1, value); varints are zigzag.
// Format: Kafka's protocol documentation, "Record Header".
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace pinflow::engine {

struct HeaderView {
    std::string_view name;
    std::optional<Bytes> value;
};

// Reads one header off the front of `rest`; nothing if the bytes are broken.
std::optional<HeaderView> next_header(Bytes& rest);

}  // namespace pinflow::engine
