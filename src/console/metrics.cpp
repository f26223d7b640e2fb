#include "console/metrics.h"

#include <fmt/format.h>

namespace pinflow::console {

void Metrics::add(std::string name, std::string kind, std::string help, std::function<double()> read) {
    metrics_.push_back({std::move(name), std::move(kind), std::move(help), std::move(read)});
}

std::string Metrics::text() const {
    std::string out;
    for (const Metric& metric : metrics_) {
        fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", metric.name, metric.help,
                       metric.kind, metric.read());
    }
    return out;
}

}  // namespace pinflow::console
