// Tries a pipeline on sample records, without writing anything: `pinflow check`.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/result_format.h"
#include "sink/pipelines.h"

namespace pinflow::sink {

struct CheckedTable {
    std::string kind;
    size_t rows = 0;
    size_t quarantined = 0;
    size_t skipped = 0;
    std::string rows_text;         // in the asked format
    std::string quarantined_text;  // line of the sample, rule, message, value
};

// Each line of `sample` is one record's value. `kind` names the table; empty: every table of the pipeline.
Result<std::vector<CheckedTable>> check_sample(const Pipelines& pipelines, const std::string& kind,
                                               std::string_view sample, engine::Database& database,
                                               engine::Format format);

}  // namespace pinflow::sink
