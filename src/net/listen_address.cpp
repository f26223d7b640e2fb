#include "net/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace pinflow::net {
namespace {

struct HostPort {
    std::string host;
    std::string port;
};

Result<HostPort> split_host_port(const std::string& text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos)
        return fail(Code::invalid, "the address \"{}\" has no port; write HOST:PORT, for example 127.0.0.1:8082", text);
    HostPort parts{text.substr(0, colon), text.substr(colon + 1)};
    if (parts.host.starts_with('[') && parts.host.ends_with(']'))
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    const auto port = parse_int(parts.port);
    if (!port || *port < 0 || *port > 65535)
        return fail(Code::invalid, "the address \"{}\" needs a port from 0 to 65535 behind its colon", text);
    return parts;
}

Error listen_error(const std::string& host_port, const std::string& port) {
    const int number = errno;
    if (number == EADDRINUSE)
        return {Code::exists,
                fmt::format("cannot listen on {}: another program has that port (`ss -ltnp 'sport = :{}'` "
                            "shows which); stop it or choose another port",
                            host_port, port)};
    if (number == EACCES)
        return {Code::invalid,
                fmt::format("cannot listen on {}: ports below 1024 need root; choose another", host_port)};
    if (number == EADDRNOTAVAIL)
        return {Code::invalid, fmt::format("cannot listen on {}: this machine has no such address", host_port)};
    return {Code::io, fmt::format("cannot listen on {}: {}", host_port, std::strerror(number))};
}

Result<> bind_and_listen(int descriptor, const addrinfo& info, const std::string& host_port, const std::string& port) {
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);  // connections inherit this and the next
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::bind(descriptor, info.ai_addr, info.ai_addrlen) != 0 || ::listen(descriptor, 4096) != 0)
        return fail(listen_error(host_port, port));
    return {};
}

uint16_t port_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

std::string_view host_of(std::string_view address) {
    std::string_view host = address.substr(0, address.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.starts_with("::ffff:")) host.remove_prefix(7);
    return host;
}

std::string address_text(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
        return fmt::format("[{}]:{}", text, port_of(address));
    }
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
    return fmt::format("{}:{}", text, port_of(address));
}

std::string local_address(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return address_text(address);
}

Result<ListenSocket> listen_on(const std::string& host_port) {
    PINFLOW_ASSIGN(const HostPort parts, split_host_port(host_port));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const char* const host = parts.host.empty() ? nullptr : parts.host.c_str();
    if (const int error = ::getaddrinfo(host, parts.port.c_str(), &hints, &found); error != 0)
        return fail(Code::invalid, "cannot listen on {}: {}", host_port, ::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    const addrinfo* chosen = found;  // "localhost" is 127.0.0.1 before ::1: that is what clients try
    for (const addrinfo* info = found; info != nullptr; info = info->ai_next)
        if (info->ai_family == AF_INET) {
            chosen = info;
            break;
        }
    ListenSocket result;
    result.descriptor = ::socket(chosen->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (result.descriptor < 0) return fail(listen_error(host_port, parts.port));
    if (auto listening = bind_and_listen(result.descriptor, *chosen, host_port, parts.port); !listening) {
        ::close(result.descriptor);
        return fail(std::move(listening).error());
    }
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(result.descriptor, reinterpret_cast<sockaddr*>(&bound), &size);
    result.address = address_text(bound);
    result.port = port_of(bound);
    return result;
}

}  // namespace pinflow::net
