// The SQL that makes one kind of table, derived from its declaration: what to write, what fails, and the columns.
#pragma once
#include <string>
#include <vector>

#include "delta/schema.h"
#include "engine/database.h"
#include "sink/declaration.h"

namespace pinflow::sink {

struct TablePlan {
    std::string pipeline;
    TableDeclaration declaration;
    std::vector<delta::Column> columns;  // what people see
    delta::Schema clean_schema;          // the same and the row's identity: _topic, _partition, _offset, _index, _time
    std::string evaluate_sql;  // cleaned columns, helpers, `input`, identity and _record: FROM input
    std::string clean_sql;     // what is stored, all rows that are not in `excluded` (a batch of fields _record)
    std::string clean_all_sql;  // the same without looking at `excluded`
    std::string failures_sql;  // _record, number of the expectation, message; empty if nothing is expected
};

// invalid: "FILE: what DuckDB says". `input` must not be the name of something else in `database`.
Result<TablePlan> plan_table(const Declaration& pipeline, const TableDeclaration& table, engine::Database& database);

delta::Schema quarantine_schema();
extern const char* const identity_columns;  // as SQL lists them

}  // namespace pinflow::sink
