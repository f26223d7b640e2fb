// Where rebuilds find what the log has no more (docs/rebuild.md).
#pragma once
#include <filesystem>

#include "sink/raw_history.h"

namespace pinflow::app {

// Objects that Pinflow's own connectors wrote are suggested. Copies of files in stores go below tmp/raw of the data
// folder, which is emptied.
sink::RawSources raw_sources(const std::filesystem::path& data);

}  // namespace pinflow::app
