// How OpenSSL reaches a socket: as its own way, but for SIGPIPE, which a server must not die of.
#pragma once
#include <openssl/bio.h>

namespace pinflow::net {

// `socket` must stay where it is as long as the BIO lives, which is the caller's.
BIO* make_socket_bio(const int& socket);

}  // namespace pinflow::net
