// Calls Groups::tick() when something is due, on a thread of its own.
#pragma once
#include "broker/groups.h"
#include "broker/ticker.h"

namespace pinflow::broker {

using GroupsTimer = Ticker<Groups>;

}  // namespace pinflow::broker
