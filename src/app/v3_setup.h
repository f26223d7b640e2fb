// What API v3 of the REST Proxy needs to know of the broker: its settings are the Kafka door's to tell.
#pragma once
#include "kafka/handler.h"
#include "rest/v3_site.h"

namespace pinflow::app {

// `door` outlives what is made. `is_open`: it has listeners.
rest::V3Site v3_site(const kafka::Door& door, std::shared_ptr<broker::Groups> groups, bool is_open);

}  // namespace pinflow::app
