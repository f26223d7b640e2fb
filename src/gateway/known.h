// What an imported API may be served by here.
#pragma once
#include "openapi/api.h"

namespace pinflow::gateway {

const openapi::Api::Known& known_here();

}  // namespace pinflow::gateway
