// What the tables count, for the console's metrics.
#pragma once
#include "console/metrics.h"
#include "sink/tables.h"

namespace pinflow::app {

// `tables` must live as long as the metrics are read.
void add_table_metrics(console::Metrics& metrics, const sink::Tables& tables);

}  // namespace pinflow::app
