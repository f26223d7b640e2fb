// The connectors that come with Pinflow.
#pragma once
#include "app/config.h"
#include "connect/plugins.h"

namespace pinflow::app {

// The data folder of `config` is an absolute path.
Result<connect::Plugins> connect_plugins(const Config& config);

}  // namespace pinflow::app
