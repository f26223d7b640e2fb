// The SQL that makes one kind of table, derived from its declaration: what is stored, what fails, and the columns.
#pragma once
#include <string>
#include <vector>

#include "delta/schema.h"
#include "engine/database.h"
#include "sink/declaration.h"
#include "sink/new_columns.h"

namespace pinflow::sink {

struct TablePlan {
    std::string pipeline;
    TableDeclaration declaration;
    std::vector<NewColumn> new_columns;  // of fields that the declaration does not name
    std::vector<delta::Column> columns;  // what people see
    delta::Schema clean_schema;          // the same and where a row comes from, see row_origin.h
    std::string forget;                  // SQL: rows for which it is true are not written; empty: all are
    std::string selection;               // the cleaning's own columns: what stands before its FROM input
    // All read `input`, the parsed batch; the second also `excluded`, a batch with the field `record`.
    std::string clean_sql;            // every row, as it is stored
    std::string clean_passing_sql;    // the same without rows that must not be stored; empty if nothing forbids any
    std::string clean_remaining_sql;  // the same without the records (by _record) in `excluded`
    std::string failures_sql;  // _record, expectation's number, message of rows that must not be stored; may be empty
    std::string warnings_sql;  // one row: how many rows fail each expectation that only warns; may be empty
};

// invalid: "FILE: what is wrong".
Result<TablePlan> plan_table(const Declaration& pipeline, const TableDeclaration& table, engine::Database& database);
// The same plan with these columns as well; `declared` has none of its own.
TablePlan with_new_columns(const TablePlan& declared, std::vector<NewColumn> columns);
// The same plan without the rows for which `condition`, over the clean columns, is true.
TablePlan without_rows(const TablePlan& plan, std::string condition);
// Which records of `input` (by _record) make a row for which the condition is true.
std::string judging_sql(const TablePlan& plan, const std::string& condition);
// What a batch is parsed into.
std::vector<engine::Field> input_fields(const TablePlan& plan);
inline bool rescues(const TableDeclaration& table) {
    return table.schema != SchemaMode::fixed;
}

inline constexpr const char* rescued_column = "_rescued";
delta::Schema quarantine_schema();
// What a quarantine file holds, from the batch `quarantined` with the fields of quarantine_fields().
std::string quarantine_sql(const std::string& rule_version);
std::vector<engine::Field> quarantine_fields();

}  // namespace pinflow::sink
