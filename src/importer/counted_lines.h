// The lines of an object, counted before the first is given: a small object is read once and kept meanwhile, a large
// one is read twice. One thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "importer/line_reader.h"

namespace pinflow::importer {

class CountedLines {
  public:
    // `most_kept_bytes`: of text, in memory.
    static Result<std::unique_ptr<CountedLines>> read(objects::ObjectStore& store, const objects::Info& object,
                                                      bool is_gzip, size_t most_kept_bytes = 32 << 20);

    int64_t records() const { return records_; }  // lines that are not blank
    // All lines, blank ones too; nothing behind the last. Valid until the next call.
    Result<std::optional<std::string_view>> next();

  private:
    CountedLines() = default;

    int64_t records_ = 0;
    std::string kept_;  // lines, each with its end
    size_t at_ = 0;
    std::unique_ptr<LineReader> again_;  // of an object that is too large to be kept
};

}  // namespace pinflow::importer
