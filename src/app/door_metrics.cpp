#include "app/door_metrics.h"

#include <fmt/format.h>

namespace pinflow::app {
namespace {

// As Prometheus has it: each bucket counts those below it too.
void tell_histogram(const console::Metrics::Tell& tell, std::string_view operation, const net::OperationTotals& of) {
    const std::string label = fmt::format("operation=\"{}\"", operation);
    uint64_t sum = 0;
    for (size_t i = 0; i < of.buckets.size(); ++i) {
        sum += of.buckets[i];
        const std::string bound = i < net::bucket_bounds_us.size()
                                      ? fmt::format("{}", static_cast<double>(net::bucket_bounds_us[i]) / 1e6)
                                      : "+Inf";
        tell("_bucket", fmt::format("{},le=\"{}\"", label, bound), static_cast<double>(sum));
    }
    tell("_sum", label, static_cast<double>(of.took_us) / 1e6);
    tell("_count", label, static_cast<double>(sum));
}

// Behind that of the operation.
std::string label_of(int status) {
    if (status == net::Operations::no_status) return "";
    if (status == net::Operations::other_status) return ",status=\"other\"";
    return fmt::format(",status=\"{}\"", status);
}

}  // namespace

void add_operation_metrics(console::Metrics& metrics, const std::string& name,
                           std::function<void(net::Totals&)> add_operations) {
    metrics.add_family(name + "_answers_total", "counter", "answers by what was asked for",
                       [add_operations](const console::Metrics::Tell& tell) {
                           net::Totals totals;
                           add_operations(totals);
                           for (const auto& [operation, of] : totals)
                               for (const auto& [status, count] : of.answers)
                                   tell("", fmt::format("operation=\"{}\"{}", operation, label_of(status)),
                                        static_cast<double>(count));
                       });
    metrics.add_family(name + "_answer_seconds", "histogram", "time from a whole request to its answer",
                       [add_operations](const console::Metrics::Tell& tell) {
                           net::Totals totals;
                           add_operations(totals);
                           for (const auto& [operation, of] : totals) tell_histogram(tell, operation, of);
                       });
}

}  // namespace pinflow::app
