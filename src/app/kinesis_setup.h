// The Kinesis door as it is configured, and what /metrics shows of its emulated limits.
#pragma once
#include <functional>
#include <string_view>

#include "app/config.h"
#include "base/workers.h"
#include "console/metrics.h"
#include "kinesis/kinesis.h"
#include "net/loops.h"

namespace pinflow::app {

// `workers` and `loops` outlive the door.
kinesis::Options kinesis_options(const Config& config, Workers& workers, net::Loops& loops,
                                 std::function<bool(std::string_view)> may_auto_create);
// The door outlives whoever asks for the metrics.
void add_kinesis_metrics(console::Metrics& metrics, const kinesis::Kinesis& kinesis);

}  // namespace pinflow::app
