// A group's members as answers have them.
#pragma once
#include <fmt/format.h>

#include <string>

#include "base/bytes.h"
#include "kafka/types.h"
#include "net/listen_address.h"

namespace pinflow::kafka {

inline Blob blob_of(std::string_view text) {
    const Bytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

// As Java prints an address: "/127.0.0.1".
inline std::string java_host_of(std::string_view peer) {
    return fmt::format("/{}", net::host_of(peer));
}

}  // namespace pinflow::kafka
