// Kafka Connect's REST interface over the worker: paths, statuses, bodies (docs/connect.md, "The REST interface").
#pragma once
#include <string>
#include <vector>

#include "base/workers.h"
#include "connect/worker.h"
#include "net/http.h"

namespace pinflow::connect {

class Door final : public net::Handler {
  public:
    // `workers`: a call may wait for the disk and for tasks that end.
    Door(Worker& worker, Workers& workers, std::string cluster_id)
        : worker_(worker), workers_(workers), cluster_id_(std::move(cluster_id)) {}

    void handle(net::Exchange& exchange) override;

  private:
    using Path = std::vector<std::string>;  // decoded, without empty parts
    net::Response answer_to(const net::Request& request, const Path& path);
    net::Response root() const;
    net::Response connectors(const net::Request& request);
    net::Response list(const net::Request& request) const;
    net::Response create(const net::Request& request);
    net::Response connector(const net::Request& request, const Path& path);
    net::Response config(const net::Request& request, const std::string& name);
    net::Response tasks(const net::Request& request, const Path& path);
    net::Response ask(const std::string& name, std::string_view what) const;
    net::Response restart(const net::Request& request, const std::string& name);
    net::Response offsets(const net::Request& request, const std::string& name);
    net::Response topics(const std::string& name) const;
    net::Response former_places(const net::Request& request, const Path& path);
    net::Response plugins(const net::Request& request, const Path& path) const;
    net::Response validate(const net::Request& request, const std::string& plugin) const;

    Worker& worker_;
    Workers& workers_;
    const std::string cluster_id_;
};

}  // namespace pinflow::connect
