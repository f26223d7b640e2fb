// The flags of `pinflow check`, `pinflow infer` and `pinflow delete`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_check(CLI::App& app, CheckOptions& options);
void add_infer(CLI::App& app, InferOptions& options);
void add_quality(CLI::App& app, QualityOptions& options);
void add_delete(CLI::App& app, DeleteOptions& options);

}  // namespace pinflow::app
