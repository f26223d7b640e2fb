#include <fmt/core.h>

#include "app/commands.h"
#include "app/place.h"
#include "base/disk.h"
#include "engine/database.h"
#include "sink/check.h"
#include "sink/pipelines.h"

namespace pinflow::app {
namespace {

Result<size_t> check(const CheckOptions& options) {
    PINFLOW_ASSIGN(const auto database,
                   engine::Database::open({.allowed_folders = {std::filesystem::temp_directory_path()}}));
    PINFLOW_ASSIGN(const auto pipelines, sink::Pipelines::load({options.folder}, *database));
    for (const auto& pipeline : pipelines->declarations()) {
        fmt::print(stderr, "pipeline {}: {} tables, {} queries, no mistakes found\n", pipeline.name,
                   pipeline.tables.size(), pipeline.queries.size());
    }
    if (options.sample.empty()) return 0;
    PINFLOW_ASSIGN(const std::string sample, read_file(posix_disk(), options.sample));
    PINFLOW_ASSIGN(const auto tables,
                   sink::check_sample(*pipelines, options.table, sample, *database, engine::Format::table));
    size_t quarantined = 0;
    for (const sink::CheckedTable& table : tables) {
        fmt::print("{}: {} rows, {} quarantined, {} skipped\n{}{}", table.kind, table.rows, table.quarantined,
                   table.skipped, table.rows_text, table.quarantined_text);
        quarantined += table.quarantined;
    }
    return quarantined;
}

}  // namespace

int run_check(const CheckOptions& options) {
    const auto quarantined = check(options);
    if (!quarantined) return report(quarantined.error());
    return *quarantined == 0 ? 0 : 2;
}

}  // namespace pinflow::app
