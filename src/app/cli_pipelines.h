// The flags of `pinflow check`, `infer`, `quality`, `delete`, `rebuild`, `replay` and `tables purge`.
#pragma once
#include <CLI/CLI.hpp>

#include "app/commands.h"

namespace pinflow::app {

void add_check(CLI::App& app, CheckOptions& options);
void add_infer(CLI::App& app, InferOptions& options);
void add_quality(CLI::App& app, QualityOptions& options);
void add_delete(CLI::App& app, DeleteOptions& options);
void add_rebuild(CLI::App& app, RebuildOptions& options);
void add_replay(CLI::App& app, ReplayOptions& options);
void add_tables_purge(CLI::App& tables, TablesOptions& options);

}  // namespace pinflow::app
