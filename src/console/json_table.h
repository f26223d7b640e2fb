// The JSON object of a call as a TOML table, so that what comes over HTTP is read and checked as what stands in a file.
#pragma once
#include <toml++/toml.h>

#include <string_view>

#include "base/error.h"

namespace pinflow::console {

// Members that are null are as if they were not there.
Result<toml::table> table_of_json(std::string_view text);

}  // namespace pinflow::console
