// The console port: health, metrics, SQL, tables, topics and records as JSON over HTTP. What the command line and the
// pages ask, anybody may ask; docs/console_api.md lists every call.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "console/answers.h"
#include "console/metrics.h"
#include "net/http.h"

namespace pinflow {
class Workers;
namespace auth {
class Users;
}
namespace broker {
class Topics;
}
namespace gateway {
class Store;
}
namespace sink {
class Tables;
}
}  // namespace pinflow

namespace pinflow::console {

struct Services {
    broker::Topics& topics;
    sink::Tables& tables;
    Answers& answers;
    auth::Users& users;
    gateway::Store& gateway;
    // Waits for what is neither log nor table, as sink::Tables::drain(); what lags or fails, one sentence each.
    std::function<std::vector<std::string>(int64_t timeout_ms)> drain_connectors;
    Workers& workers;  // everything that may take longer than a few microseconds runs there
    const Metrics& metrics;
};

class Console final : public net::Handler {
  public:
    explicit Console(Services services) : services_(services) {}
    void handle(net::Exchange& exchange) override;

  private:
    Services services_;
};

}  // namespace pinflow::console
