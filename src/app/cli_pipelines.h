// The flags of `pinflow check` and `pinflow infer`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_check(CLI::App& app, CheckOptions& options);
void add_infer(CLI::App& app, InferOptions& options);
void add_quality(CLI::App& app, QualityOptions& options);

}  // namespace pinflow::app
