// A listener that speaks HTTP/1.1 and HTTP/2 (with prior knowledge; over TLS by ALPN, where that offers "h2"). Of the
// former: keep-alive, pipelined requests answered in order, chunked and gzip bodies, Expect: 100-continue, HEAD, limits
// against slow and greedy clients. What is neither, or could be read in two ways by two servers, is answered with an
// error and the connection closed.
//
//   net::Loops loops(2);
//   loops.start();
//   auto server = net::Server::listen(loops, "127.0.0.1:8082", handler, {}, nullptr);   // Result<unique_ptr<Server>>
//   ...
//   (*server)->drain(std::chrono::seconds(10));
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/access_log.h"
#include "net/http.h"
#include "net/limits.h"
#include "net/loops.h"
#include "net/operations.h"
#include "net/tls.h"

namespace pinflow::net {

struct ServerStats {
    uint64_t connections_accepted = 0;
    uint64_t connections_open = 0;
    uint64_t connections_refused = 0;  // over max_connections
    uint64_t requests = 0;             // answered, errors included
    uint64_t http2_requests = 0;       // of them, those that came by HTTP/2
    uint64_t errors = 0;               // answers that the session itself gave, and requests that ran into a time-out
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;  // these two of requests and answers, before TLS
    TlsStats tls;            // zeros without
};

class Server {
  public:
    // `host_port`: "127.0.0.1:8082", "[::1]:8082", "localhost:0", ":8082" (all addresses); port 0 takes a free one.
    // `handler` and `log` (may be null) must outlive the server and every exchange it was given.
    // With `tls` it speaks HTTPS. Connections are answered once the loops run.
    static Result<std::unique_ptr<Server>> listen(Loops& loops, const std::string& host_port, Handler& handler,
                                                  Limits limits = {}, AccessLog* log = nullptr,
                                                  std::shared_ptr<TlsServer> tls = nullptr);
    // Closes every connection at once. Exchanges that are not answered yet stay valid until they are.
    // Not from a loop's own thread.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t port() const;
    std::string address() const;  // "127.0.0.1:8082"
    // Stops accepting, closes idle connections, lets open exchanges be answered for at most `bound`. True if all were.
    // Not from a loop's own thread.
    bool drain(std::chrono::milliseconds bound);
    ServerStats stats() const;                  // any thread
    void add_operations(Totals& totals) const;  // the same

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::net
