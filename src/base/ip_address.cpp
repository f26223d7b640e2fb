#include "base/ip_address.h"

#include <arpa/inet.h>

#include <array>

namespace pinflow {

std::optional<std::string> normal_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> written{};
    in6_addr address{};
    for (const int family : {AF_INET, AF_INET6}) {
        if (::inet_pton(family, std::string(text).c_str(), &address) != 1) continue;
        const std::string_view normal = ::inet_ntop(family, &address, written.data(), written.size());
        const bool mapped = family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address);
        return std::string(mapped ? normal.substr(7) : normal);
    }
    return std::nullopt;
}

}  // namespace pinflow
