#include "console/guard.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <array>

#include "net/listen_address.h"

namespace pinflow::console {

Result<> check_json(const net::Request& request) {
    if (request.header("Content-Type").starts_with("application/json")) return {};
    return fail(Code::invalid, "the Content-Type must be application/json");
}

Result<> check_host(const net::Request& request, std::string_view what) {
    const std::string host(net::host_of(request.header("Host")));
    std::array<char, 256> own{};
    (void)::gethostname(own.data(), own.size() - 1);
    in6_addr address{};
    if (!host.contains('.') || host == own.data() || ::inet_pton(AF_INET, host.c_str(), &address) == 1) return {};
    return fail(Code::invalid,
                "{} are managed at this machine's own name or address, not at {}; use `--url` with an address", what,
                host);
}

}  // namespace pinflow::console
