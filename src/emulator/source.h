// Where rows come from: the built-in sample, a folder of JSON lines, or MySQL tables. Not thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "emulator/kind.h"

namespace pinflow::emulator {

class Source {
  public:
    virtual ~Source() = default;
    virtual Result<int64_t> row_count(Kind kind) = 0;
    // Rows from..from+count-1 (fewer at the end) as JSON objects in the style of Python's json.dumps.
    virtual Result<std::vector<std::string>> rows(Kind kind, int64_t from, int64_t count) = 0;
    virtual bool endless() const { return false; }  // true: rows() goes on past row_count with new rows
};

// "sample", a folder, or mysql://user:password@host[:port]/database[?socket=/path].
Result<std::unique_ptr<Source>> open_source(const std::string& where);

std::unique_ptr<Source> sample_source();
Result<std::unique_ptr<Source>> open_folder(const std::string& folder);
Result<std::unique_ptr<Source>> open_mysql(const std::string& url);

}  // namespace pinflow::emulator
