// A file that was written for a table, published and described as the table's log wants it.
#pragma once
#include "delta/table.h"
#include "sink/cleaner.h"

namespace pinflow::sink {

Result<delta::AddFile> added_file(const delta::Environment& environment, const std::filesystem::path& table,
                                  const DataFile& file);

}  // namespace pinflow::sink
