// A kafka-rest.properties file of the Confluent REST Proxy, read as it is: what has a meaning here is applied, all else
// is taken with a note. Which keys are which: docs/rest_v3.md.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "app/config.h"

namespace pinflow::app {

// Over `config`. Gives notes for the log. A value that cannot be is an error with file and line.
Result<std::vector<std::string>> read_rest_properties(const std::filesystem::path& path, Config& config);

}  // namespace pinflow::app
