// quality."<table>": what came into a table, day by day, and what is unlike the days before (docs/quality.md).
#pragma once
#include <string>
#include <vector>

#include "delta/schema.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

// What one table's days are computed from: SELECTs over the clean rows, with their identity, and over the quarantine.
struct QualitySources {
    std::string clean_rows;
    std::string quarantine;
    std::vector<delta::Column> columns;  // of the clean table, those that people see
    std::vector<std::string> key;        // empty: the table knows no duplicates
    QualityRules rules;
};

std::string quality_sql(const QualitySources& sources);

// invalid: the declaration's rules name columns that there are not, or means of what is no number.
Result<> check_quality_rules(const TablePlan& plan);

}  // namespace pinflow::sink
