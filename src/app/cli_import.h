// pinflow import: its flags.
#pragma once
#include "app/cli_parts.h"

namespace pinflow::app {

void add_import(CLI::App& app, ImportCommand& options);

}  // namespace pinflow::app
