// The flags of `pinflow objects`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_objects(CLI::App& app, ObjectsOptions& options);

}  // namespace pinflow::app
