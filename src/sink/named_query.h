// Finds out which tables a named query means and writes its SQL.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sink/pipelines.h"

namespace pinflow::sink {

// `clean_tables`: the names that exist. Errors list the choices.
Result<std::string> resolve_query(const Pipelines& pipelines, const std::vector<std::string>& clean_tables,
                                  const std::string& name, const std::map<std::string, std::string>& parameters);

// Is the SQL of the pipeline's named queries sound? invalid: "FILE: what is wrong". `plans`: of its tables, in order.
Result<> check_queries(const Declaration& pipeline, std::span<const TablePlan> plans, engine::Database& database);

}  // namespace pinflow::sink
