// Tables in a SELECT that DuckDB would not understand: `clean."t" VERSION AS OF 12`, `clean."t" TIMESTAMP AS OF '…'`
// (FOR before it if one likes, SYSTEM_VERSION and SYSTEM_TIME too, as Spark takes them), `clean.t@v12`, and
// `delta_table('/folder')` with or without one of these. Finds them; who knows the tables puts others in their place.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pinflow::engine {

struct TableMention {
    size_t begin = 0;  // the bytes of the text that stand for it, from name to version
    size_t end = 0;
    std::vector<std::string> name;  // its parts without their quotes; empty for delta_table
    std::string folder;             // of delta_table
    std::optional<int64_t> version;
    std::string timestamp;  // a SQL expression; empty: not by time
};

// In the order of the text; none if there is nothing to be replaced. invalid: a version that cannot be one, or not
// directly behind a table's name.
Result<std::vector<TableMention>> find_table_mentions(std::string_view sql);

}  // namespace pinflow::engine
