// The answers to people's questions in SQL, whoever asks: the console's HTTP API or the command line on a data folder.
// Thread-safe; calls block for as long as the statement runs.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/error.h"
#include "engine/result_format.h"
#include "sink/catalog.h"

namespace pinflow::console {

using Parameters = std::map<std::string, std::string>;

class Answers {
  public:
    // An answer over `most_bytes` of text is refused: it is put together in memory.
    explicit Answers(sink::Catalog& catalog, size_t most_bytes = size_t{256} << 20)
        : catalog_(catalog), most_bytes_(most_bytes) {}

    // `statement` is the asker's own name for it, to cancel it by; may be empty.
    Result<std::string> sql(const std::string& statement, const std::string& sql, engine::Format format);
    Result<std::string> query(const std::string& statement, const std::string& name, const Parameters& parameters,
                              engine::Format format);
    Result<std::string> tables(engine::Format format);
    Result<bool> is_declared(const std::string& table) { return catalog_.is_declared(table); }
    bool cancel(const std::string& statement);  // false: it does not run (any more)

  private:
    sink::Catalog& catalog_;
    size_t most_bytes_;
    std::mutex mutex_;
    std::map<std::string, std::function<void()>> running_;
};

}  // namespace pinflow::console
