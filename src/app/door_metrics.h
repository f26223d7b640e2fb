// What every door says of itself at /metrics.
#pragma once
#include <functional>
#include <string>

#include "console/metrics.h"
#include "net/operations.h"

namespace pinflow::app {

// `name`_answers_total by operation and status, where the protocol has one, and the histogram `name`_answer_seconds by
// operation: from the whole request to its answer. Operations that were not asked for are left out.
void add_operation_metrics(console::Metrics& metrics, const std::string& name,
                           std::function<void(net::Totals&)> add_operations);

// `server` has stats() and add_operations() as net::Server's or kafka::Server's, and outlives `metrics`.
template <class Server>
void add_door_metrics(console::Metrics& metrics, const std::string& door, const Server& server) {
    const auto add = [&](const std::string& name, const char* kind, const char* help, auto read) {
        metrics.add("pinflow_" + door + name, kind, help,
                    [&server, read] { return static_cast<double>(read(server.stats())); });
    };
    add("_requests_total", "counter", "requests answered", [](const auto& stats) { return stats.requests; });
    if constexpr (requires { server.stats().http2_requests; })
        metrics.add_family("pinflow_" + door + "_protocol_requests_total", "counter", "requests answered, by protocol",
                           [&server](const console::Metrics::Tell& tell) {
                               const auto stats = server.stats();
                               tell("", "protocol=\"HTTP/1\"",
                                    static_cast<double>(stats.requests - stats.http2_requests));
                               tell("", "protocol=\"HTTP/2\"", static_cast<double>(stats.http2_requests));
                           });
    add("_connections", "gauge", "connections open", [](const auto& stats) { return stats.connections_open; });
    add("_connections_accepted_total", "counter", "connections taken",
        [](const auto& stats) { return stats.connections_accepted; });
    add("_connections_refused_total", "counter", "connections over the limit",
        [](const auto& stats) { return stats.connections_refused; });
    add("_received_bytes_total", "counter", "bytes received", [](const auto& stats) { return stats.bytes_in; });
    add("_sent_bytes_total", "counter", "bytes sent", [](const auto& stats) { return stats.bytes_out; });
    add("_bad_requests_total", "counter", "requests that could not be read, or not in time",
        [](const auto& stats) { return stats.errors; });
    add("_tls_handshakes_total", "counter", "TLS handshakes finished",
        [](const auto& stats) { return stats.tls.handshakes; });
    add("_tls_resumed_total", "counter", "of them, those that went on from an earlier connection",
        [](const auto& stats) { return stats.tls.resumed; });
    add("_tls_failures_total", "counter", "TLS handshakes that came to nothing",
        [](const auto& stats) { return stats.tls.failures; });
    add_operation_metrics(metrics, "pinflow_" + door,
                          [&server](net::Totals& totals) { server.add_operations(totals); });
}

}  // namespace pinflow::app
