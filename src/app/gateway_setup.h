// The gateway's definition and its access log, as they are configured.
#pragma once
#include <memory>

#include "app/config.h"
#include "gateway/gateway.h"
#include "gateway/store.h"
#include "net/access_log.h"

namespace pinflow::app {

// The data folder of `config` is an absolute path.
Result<std::shared_ptr<gateway::Store>> open_gateway_store(const Config& config);
// Null where none is configured. The gateway outlives it.
Result<std::unique_ptr<net::AccessLog>> open_access_log(const Config& config, const gateway::Gateway& gateway);

}  // namespace pinflow::app
