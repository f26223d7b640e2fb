// What every door says of itself at /metrics.
#pragma once
#include <string>

#include "console/metrics.h"

namespace pinflow::app {

// `server` has stats() as net::Server's or kafka::Server's, and outlives `metrics`.
template <class Server>
void add_door_metrics(console::Metrics& metrics, const std::string& door, const Server& server) {
    const auto add = [&](const std::string& name, const char* kind, const char* help, auto read) {
        metrics.add("pinflow_" + door + name, kind, help,
                    [&server, read] { return static_cast<double>(read(server.stats())); });
    };
    add("_requests_total", "counter", "requests answered", [](const auto& stats) { return stats.requests; });
    add("_connections", "gauge", "connections open", [](const auto& stats) { return stats.connections_open; });
    add("_received_bytes_total", "counter", "bytes received", [](const auto& stats) { return stats.bytes_in; });
    add("_tls_handshakes_total", "counter", "TLS handshakes finished",
        [](const auto& stats) { return stats.tls.handshakes; });
    add("_tls_resumed_total", "counter", "of them, those that went on from an earlier connection",
        [](const auto& stats) { return stats.tls.resumed; });
    add("_tls_failures_total", "counter", "TLS handshakes that came to nothing",
        [](const auto& stats) { return stats.tls.failures; });
}

}  // namespace pinflow::app
