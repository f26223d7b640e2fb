// A DuckDB instance with bounds: memory, threads, spill, and the folders it may touch. The flow into tables and
// people's SQL each get one of their own, so that neither can starve the other.
//
// Threads: DuckDB's work runs on the thread that calls a Connection and on `threads - 1` threads of the Database, which
// have low priority (nice 10) so that an ack never waits for SQL. Callers that run long statements lower their own
// thread by lower_thread_priority().
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/connection.h"

namespace pinflow::engine {

struct DatabaseOptions {
    std::string memory_limit = "1GB";
    int threads = 1;                     // that work on one statement at most, the calling one included
    std::filesystem::path temp_folder;   // where statements larger than memory spill; empty: they fail instead
    std::string max_temp_size = "10GB";  // the spill never grows past this
    std::vector<std::filesystem::path> allowed_folders;  // what SQL may read and write if external_access is false
    bool external_access = false;
    // A WHERE over a SELECT is tested where it stands: what both need is computed once. Otherwise DuckDB tests it
    // first, which is better where it drops many rows.
    bool filter_last = false;
    bool keep_order = true;  // rows leave a statement in the order of its input; false lets threads run ahead
};

class Database : public std::enable_shared_from_this<Database> {
  public:
    static Result<std::shared_ptr<Database>> open(const DatabaseOptions& options);
    Result<Connection> connect();  // thread-safe; a Connection keeps its Database alive

    struct Handle;  // DuckDB's own, for the files of this folder
    Handle& handle() { return *handle_; }

    explicit Database(std::unique_ptr<Handle> handle);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

  private:
    std::unique_ptr<Handle> handle_;
};

// Makes the calling thread one that others go before (nice 10). Cannot be undone without privileges.
void lower_thread_priority();

}  // namespace pinflow::engine
