// Expectations as a table's declaration has them: [[table.KIND.expect]], and the short forms of
// [table.KIND.columns] (docs/pipelines.md, "Checks of a column"), which become ordinary ones.
#pragma once
#include <vector>

#include "base/toml_reader.h"
#include "sink/declaration.h"

namespace pinflow::sink {

// Of the table that the reader reads; those of columns come first.
Result<std::vector<Expectation>> read_expectations(TomlReader& table);

}  // namespace pinflow::sink
