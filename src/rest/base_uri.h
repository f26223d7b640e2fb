// Where a client reaches an instance again: by the way it came, as far as the request tells.
#pragma once
#include <string>
#include <string_view>

#include "net/http.h"

namespace pinflow::rest {

// "https://host:port/stage": what stands in front of the resource in the request's path, which has so many segments
// itself. Scheme and host as below.
std::string root_uri(const net::Request& request, size_t segments);

// "https://host:port/stage/consumers/g/instances/i". Scheme and host are those that a proxy in front has named
// (X-Forwarded-Proto, X-Forwarded-Host), else the connection's and Host's. `request` is that to /consumers/g, behind a
// stage or not.
std::string base_uri(const net::Request& request, std::string_view group, std::string_view instance);

}  // namespace pinflow::rest
