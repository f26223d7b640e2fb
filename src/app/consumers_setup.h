// The REST Proxy's consumers, as the configuration wants them.
#pragma once
#include "app/config.h"
#include "rest/consumer_options.h"

namespace pinflow::app {

// An error names the setting and what it may be.
Result<rest::ConsumersOptions> consumers_options(const Config& config);

}  // namespace pinflow::app
