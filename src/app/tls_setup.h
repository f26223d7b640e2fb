// What TLS at the doors is made of: the files of [tls], or those that `pinflow certs` has put into the data folder.
#pragma once
#include <string>

#include "app/config.h"
#include "base/error.h"
#include "net/tls.h"

namespace pinflow::app {

// `door` is for the log; the protocols of ALPN are the caller's to add. The error where there is no certificate says
// how to come by one.
Result<net::TlsOptions> tls_options(const Config& config, std::string door);

}  // namespace pinflow::app
