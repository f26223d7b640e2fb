// Columns for fields of records that the declaration does not name (docs/pipelines.md, "Fields that nobody declared"):
// which fields become columns, under which names and types, and how the table remembers them.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delta/schema.h"
#include "engine/json_columns.h"

namespace pinflow::sink {

struct TablePlan;

struct NewColumn {
    std::string field;   // the records' key
    std::string column;  // the table's name for it
    engine::FieldType type;

    bool operator==(const NewColumn&) const = default;
};

// The column's metadata in the table's schema holds field and type: they are where the next start finds them.
delta::Column delta_column(const NewColumn& column);
// Those of a table, without what the declaration names itself by now.
std::vector<NewColumn> remembered_columns(const delta::Schema& table, const TablePlan& declared);

// Nothing where no name can be made of it.
std::optional<std::string> column_name_for(std::string_view field);
// Two names that some reader takes for one have the same.
std::string comparable_name(std::string_view name);

struct Proposal {
    std::vector<NewColumn> columns;
    std::vector<std::string> left_over;  // fields with values that get none, at most a few of them
};
inline constexpr size_t most_new_columns = 100;  // more at a time are data, not fields

// What the rescued texts of a batch of `row_count` rows ask for.
Proposal propose_columns(std::span<const std::string_view> rescued, size_t row_count, const TablePlan& plan,
                         const delta::Schema& table);

}  // namespace pinflow::sink
