#include "console/metrics.h"

#include <fmt/format.h>

namespace pinflow::console {

void Metrics::add(std::string name, std::string kind, std::string help, std::function<double()> read) {
    add_family(std::move(name), std::move(kind), std::move(help),
               [read = std::move(read)](const Tell& tell) { tell("", "", read()); });
}

void Metrics::add_family(std::string name, std::string kind, std::string help, Read read) {
    metrics_.push_back({std::move(name), std::move(kind), std::move(help), std::move(read)});
}

std::string Metrics::text() const {
    std::string out;
    for (const Metric& metric : metrics_) {
        fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", metric.name, metric.help,
                       metric.kind);
        metric.read([&](std::string_view suffix, std::string_view labels, double value) {
            const std::string shown = labels.empty() ? "" : fmt::format("{{{}}}", labels);
            fmt::format_to(std::back_inserter(out), "{}{}{} {}\n", metric.name, suffix, shown, value);
        });
    }
    return out;
}

}  // namespace pinflow::console
