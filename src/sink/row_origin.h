// Where a row of a clean table comes from: its record, and the rules that made it. Stored in every clean file behind
// the other columns (docs/pipelines.md, "Where a row comes from"; why there, decision 19).
#pragma once
#include <string>
#include <vector>

#include "delta/schema.h"

namespace pinflow::sink {

std::vector<delta::Column> origin_columns();
// What these hold, as a part of a SELECT over cleaned rows.
std::string origin_sql(const std::string& rule_version);

}  // namespace pinflow::sink
