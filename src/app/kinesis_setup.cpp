#include "app/kinesis_setup.h"

#include <fmt/format.h>

#include "kinesis/limits.h"

namespace pinflow::app {

kinesis::Options kinesis_options(const Config& config, Workers& workers, net::Loops& loops,
                                 std::function<bool(std::string_view)> may_auto_create) {
    return {.may_auto_create = std::move(may_auto_create),
            .workers = &workers,
            .after = [&loops](auto delay, auto task) { loops.post_after(delay, std::move(task)); },
            .emulate_limits = config.kinesis_emulate_limits,
            .shard_limit = config.kinesis_shard_limit};
}

void add_kinesis_metrics(console::Metrics& metrics, const kinesis::Kinesis& kinesis) {
    if (kinesis.limits() == nullptr) return;
    metrics.add_family("pinflow_kinesis_throttled_total", "counter",
                       "requests, and records of PutRecords, that came faster than the service would take them",
                       [&limits = *kinesis.limits()](const console::Metrics::Tell& tell) {
                           for (const auto& [action, count] : limits.throttled())
                               if (const uint64_t refused = count.load(std::memory_order_relaxed); refused > 0)
                                   tell("", fmt::format("operation=\"{}\"", action), static_cast<double>(refused));
                       });
}

}  // namespace pinflow::app
