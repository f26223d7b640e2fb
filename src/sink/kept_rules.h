// The rules that a table's rows were made by, by their version, kept beside the table's files for as long as the table
// is there (docs/delta.md, "Rules"): a row's `_rule_version` would tell nothing once the pipeline has moved on.
#pragma once
#include <string>

#include "delta/table.h"
#include "sink/declaration.h"

namespace pinflow::sink {

// Durable when it returns. Rules that are kept already stay as they are.
Result<> keep_rules(const delta::Environment& environment, delta::TableFiles& files, const std::string& pipeline,
                    const TableDeclaration& rules);

struct KeptRules {
    std::string sql;  // a SELECT over them, one row a version
    delta::TableFiles::Held held;
};
Result<KeptRules> kept_rules(delta::TableFiles& files);

}  // namespace pinflow::sink
