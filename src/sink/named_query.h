// Finds out which tables a named query means and writes its SQL.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sink/pipelines.h"

namespace pinflow::sink {

// `clean_tables`: the names that exist. Errors list the choices.
Result<std::string> resolve_query(const Pipelines& pipelines, const std::vector<std::string>& clean_tables,
                                  const std::string& name, const std::map<std::string, std::string>& parameters);

}  // namespace pinflow::sink
