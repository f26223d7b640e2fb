// Lets SQL leave out rows of Parquet files by their place in the file:
//   SELECT … FROM read_parquet([…]) WHERE pinflow_kept(ID, filename, file_row_number)
// Files that nothing is left out of need not ask, and pay nothing.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "engine/connection.h"

namespace pinflow::engine {

class RowFilter {
  public:
    virtual ~RowFilter() = default;
    // Says for each row of a file, by its number from 0 on, whether it stays. Called by several threads at once.
    virtual Result<> keep(std::string_view file, std::span<const int64_t> rows, bool* kept) const = 0;
};

// A filter that SQL knows under `id` as long as this lives.
class RegisteredFilter {
  public:
    virtual ~RegisteredFilter() = default;
    virtual uint64_t id() const = 0;
};

Result<std::shared_ptr<const RegisteredFilter>> register_row_filter(Connection& connection,
                                                                    std::shared_ptr<const RowFilter> filter);

}  // namespace pinflow::engine
