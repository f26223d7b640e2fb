// What /metrics shows: named numbers that the parts report when they are asked, in Prometheus' text format.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace pinflow::console {

class Metrics {
  public:
    // `name` as Prometheus wants it (pinflow_http_requests_total), `kind` counter or gauge; `read` is called from any
    // thread at each scrape.
    void add(std::string name, std::string kind, std::string help, std::function<double()> read);
    std::string text() const;

  private:
    struct Metric {
        std::string name, kind, help;
        std::function<double()> read;
    };
    std::vector<Metric> metrics_;
};

}  // namespace pinflow::console
