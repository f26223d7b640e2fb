// A listener that speaks the Kafka protocol: sessions on the event loops, requests to the handlers, answers in order.
//
//   auto server = kafka::Server::listen(loops, "127.0.0.1:9092", door, {});   // Result<unique_ptr<Server>>
//   ...
//   (*server)->drain(std::chrono::seconds(5));
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "kafka/handler.h"
#include "net/operations.h"
#include "net/tls.h"

namespace pinflow::kafka {

// What a listener lets a client take. Whatever is over a limit is closed, but for the first two, where reading stops.
struct SessionLimits {
    size_t max_in_flight = 256;                           // requests without an answer; further ones are not read
    size_t max_in_flight_bytes = size_t{8} << 20;         // the same, requests and answers, beyond the first
    size_t max_request_bytes = size_t{100} << 20;         // socket.request.max.bytes
    size_t max_connections = 16384;                       // max.connections, of all listeners of a door
    std::chrono::milliseconds idle_timeout{600'000};      // connections.max.idle.ms: no request, no answer
    std::chrono::milliseconds request_timeout{60'000};    // without a byte in the middle of a request
    std::chrono::milliseconds handshake_timeout{15'000};  // of TLS, from the connection to its end
    std::chrono::milliseconds write_timeout{60'000};      // without a byte taken in the middle of an answer
};

struct ServerStats {
    uint64_t connections_accepted = 0;
    uint64_t connections_open = 0;
    uint64_t connections_refused = 0;  // over max_connections
    uint64_t requests = 0;             // answered
    uint64_t errors = 0;               // connections closed because of what the client sent
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;  // these two before TLS
    net::TlsStats tls;       // zeros without
};

class Server {
  public:
    // `host_port` as net::Server's; the door must outlive the server and every reply. `tls` is for the protocols that
    // have it. Connections are answered once the loops run.
    static Result<std::unique_ptr<Server>> listen(net::Loops& loops, const std::string& host_port, Door& door,
                                                  SessionLimits limits = {}, Protocol protocol = Protocol::plaintext,
                                                  std::shared_ptr<net::TlsServer> tls = nullptr);
    // Closes every connection at once. Replies that were not made yet stay valid until they are.
    // Not from a loop's own thread.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t port() const;
    std::string address() const;  // "127.0.0.1:9092"
    Protocol protocol() const;
    // What clients are told to connect to; else 127.0.0.1 and the port that is listened on. Before the loops run.
    void advertise(std::string host, int32_t port);
    // Stops accepting and reading; lets open requests be answered for at most `bound`, then closes. True if all were.
    // Not from a loop's own thread.
    bool drain(std::chrono::milliseconds bound);
    ServerStats stats() const;                       // any thread
    void add_operations(net::Totals& totals) const;  // the same; APIs by their names

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::kafka
