// Numbers of CBOR: major types and the tag of times (RFC 8949, section 3).
#pragma once
#include <cstdint>

namespace pinflow::kinesis::cbor {

enum Major : uint8_t { unsigned_number, negative_number, blob, text, list, map, tag, simple };
inline constexpr uint64_t time_tag = 1;

}  // namespace pinflow::kinesis::cbor
