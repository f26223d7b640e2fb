// The flags of `pinflow connectors`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_connectors(CLI::App& app, ConnectorsOptions& options);

}  // namespace pinflow::app
