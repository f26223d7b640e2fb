// The flags of `pinflow gateway`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_gateway(CLI::App& app, GatewayOptions& options, GatewayApiOptions& apis);
void add_gateway_apis(CLI::App& gateway, GatewayApiOptions& options);

}  // namespace pinflow::app
