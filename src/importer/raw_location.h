// What lies at a location that a rebuild shall read from: a raw Delta table, or objects of the S3 sink connector; in a
// folder or in S3.
#pragma once
#include <memory>
#include <string>

#include "importer/delta_place.h"
#include "sink/raw_history.h"

namespace pinflow::importer {

// invalid, not_found: the location; unsupported: what is there cannot be read.
Result<std::unique_ptr<sink::RawHistory>> open_raw_history(const std::string& location,
                                                           const ReadingSurroundings& around);

}  // namespace pinflow::importer
