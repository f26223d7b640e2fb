// The headers of a record as a list, to be copied with more of them.
#pragma once
#include <string_view>
#include <vector>

#include "log/batch.h"

namespace pinflow::connect {

// Views of the record.
Result<std::vector<log::RecordHeader>> headers_of(const log::Record& record);
// Unless there is one of that key already: what a record brought stays. Views, both.
void add_header(std::vector<log::RecordHeader>& headers, std::string_view key, std::string_view value);

}  // namespace pinflow::connect
