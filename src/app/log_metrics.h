// What the log counts, for the console's metrics.
#pragma once
#include "console/metrics.h"
#include "log/log.h"

namespace pinflow::app {

// `log` must live as long as the metrics are read.
void add_log_metrics(console::Metrics& metrics, const log::Log& log);

}  // namespace pinflow::app
