// "127.0.0.1:8082" to a socket that listens.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

struct sockaddr_storage;

namespace pinflow::net {

struct ListenSocket {
    int descriptor = -1;  // non-blocking; the caller closes it
    std::string address;  // with the port that was taken
    uint16_t port = 0;
};

Result<ListenSocket> listen_on(const std::string& host_port);

// "127.0.0.1" of "127.0.0.1:51234" and of "[::ffff:127.0.0.1]:51234", "::1" of "[::1]:51234".
std::string_view host_of(std::string_view address);

std::string address_text(const sockaddr_storage& address);  // "127.0.0.1:51234", "[::1]:51234"
std::string local_address(int descriptor);                  // this end of a connection, or empty

}  // namespace pinflow::net
