// Connectors as they are configured: the worker, its door, the files of connectors, what /metrics shows of them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/connector_file.h"
#include "app/http_door.h"
#include "app/object_forgetting.h"
#include "base/clock.h"
#include "base/workers.h"
#include "connect/door.h"
#include "console/metrics.h"

namespace pinflow::app {

class ConnectPart {
  public:
    // Before the loops run; all of these outlive it. The data folder of `config` is an absolute path.
    static Result<std::unique_ptr<ConnectPart>> open(const Config& config, net::Loops& loops, broker::Topics& topics,
                                                     std::shared_ptr<broker::Groups> groups, std::string cluster_id,
                                                     sink::Tables& tables);
    // Connectors run from here on; those of config.connector_files are made, or have another configuration.
    Result<> start();
    void add_metrics(console::Metrics& metrics) const;  // it outlives whoever asks for them
    // Until every record committed before is where its connectors put it; what is not, one sentence each.
    std::vector<std::string> drain(int64_t timeout_ms) { return worker_->drain(timeout_ms); }
    void tell(JsonWriter& json) const;  // "connect":"http://127.0.0.1:8083"; nothing if it is closed
    std::string url_from_here() const;  // empty if it is closed
    void stop();                        // answers who is waiting, then end_tasks()
    void end_tasks();                   // they commit what is safe

  private:
    std::unique_ptr<connect::Worker> worker_;
    std::vector<ConnectorFile> files_;
    std::unique_ptr<ObjectForgetting> forgetting_;
    std::unique_ptr<connect::Door> door_;
    std::unique_ptr<Workers> workers_;
    std::unique_ptr<HttpDoor> http_;  // null: closed
};

}  // namespace pinflow::app
