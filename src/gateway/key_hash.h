// What is kept of an API key's value: its SHA-256.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace pinflow::gateway {

using KeyHash = std::array<std::byte, 32>;

KeyHash key_hash(std::string_view value);  // no allocation once a thread is warm

}  // namespace pinflow::gateway
