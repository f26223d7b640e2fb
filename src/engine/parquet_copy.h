// COPY … TO 'path' (FORMAT pinflow): DuckDB's chunks go straight from the last operator into a ParquetFileEncoder,
// without being collected in between. Which one, the path says.
#pragma once
#include <memory>
#include <string>

#include "engine/handles.h"
#include "engine/parquet_file.h"

namespace pinflow::engine {

// Makes the format known to the database of this connection.
Result<> register_copy(Connection& connection);

// While it lives, COPY to `path` goes into `encoder`, one statement at a time. What the encoder could not do,
// encoder.error() says better than the statement's own error.
class CopyTarget {
  public:
    CopyTarget(Database& database, std::string path, ParquetFileEncoder& encoder);
    CopyTarget(const CopyTarget&) = delete;
    CopyTarget& operator=(const CopyTarget&) = delete;
    ~CopyTarget() { copies_->remove(path_); }

  private:
    std::shared_ptr<Database::Handle::Copies> copies_;
    std::string path_;
};

}  // namespace pinflow::engine
