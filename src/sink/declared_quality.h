// What a declaration expects of a table as a whole: [table.KIND.quality] (docs/quality.md, "Rules of one's own").
#pragma once
#include "base/toml_reader.h"
#include "sink/declaration.h"

namespace pinflow::sink {

Result<QualityRules> read_quality_rules(TomlReader& table);

}  // namespace pinflow::sink
