// What /metrics shows: named numbers that the parts report when they are asked, in Prometheus' text format.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::console {

class Metrics {
  public:
    // `name` as Prometheus wants it (pinflow_http_requests_total), `kind` counter or gauge; `read` is called from any
    // thread at each scrape.
    void add(std::string name, std::string kind, std::string help, std::function<double()> read);

    // Tells one number of a family: what stands behind its name ("_bucket", or nothing), and its labels
    // (`operation="Fetch",le="0.1"`, or none), of which there must be few.
    using Tell = std::function<void(std::string_view suffix, std::string_view labels, double value)>;
    using Read = std::function<void(const Tell& tell)>;
    // The same for a kind that may be histogram too.
    void add_family(std::string name, std::string kind, std::string help, Read read);

    std::string text() const;

  private:
    struct Metric {
        std::string name, kind, help;
        Read read;
    };
    std::vector<Metric> metrics_;
};

}  // namespace pinflow::console
