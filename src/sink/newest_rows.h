// The newest row of each key of a clean table: by append time, then partition, then offset.
#pragma once
#include <string>
#include <vector>

#include "delta/snapshot.h"
#include "sink/pipelines.h"

namespace pinflow::sink {

// The columns that tell the rows of a clean table apart, as its pipeline declares them; none: every row counts.
// invalid: no pipeline that is loaded makes it.
Result<std::vector<std::string>> key_of(const Pipelines& pipelines, const std::string& table);

// `rows` is a SELECT over the files of `snapshot`, identity columns included.
std::string newest_rows_sql(const delta::Snapshot& snapshot, const std::string& rows,
                            const std::vector<std::string>& key);

}  // namespace pinflow::sink
