// One HTTP door at all of its addresses, a server each: with TLS or without, over one handler.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/listeners.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "net/server.h"

namespace pinflow::app {

class HttpDoor {
  public:
    struct Setup {
        std::string name;       // in the log: "http"
        std::string listeners;  // as the configuration has them
        net::Limits limits;     // of each address
        net::AccessLog* log = nullptr;
    };
    // `config` says which certificate a listener with TLS has; an error says how to come by one.
    static Result<std::unique_ptr<HttpDoor>> open(net::Loops& loops, net::Handler& handler, const Config& config,
                                                  const Setup& setup);

    // As net::Server's, for all addresses.
    bool drain(std::chrono::milliseconds bound);
    net::ServerStats stats() const;
    void add_operations(net::Totals& totals) const;

    std::vector<std::string> urls() const;  // "https://127.0.0.1:8443", as configured; never empty
    // Of the ready line: the first by the door's name; all, where there are several, in a list.
    void tell(JsonWriter& json, const std::string& door) const;
    std::string url_from_here() const;  // the first, as this machine reaches it

  private:
    struct Listening {
        bool tls = false;
        std::unique_ptr<net::Server> server;
    };
    std::shared_ptr<net::TlsServer> tls_;  // null where no listener has it
    std::vector<Listening> servers_;
};

}  // namespace pinflow::app
