// What people's SQL sees: schemas raw (topics), clean, quarantine, result (tables), and clean_rows (clean tables with
// the place each row comes from). Before a query the tables it names become views over one consistent snapshot each.
// Works on a running Pinflow's folders and, read-only, on those of one that is not running. Thread-safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "delta/table.h"
#include "engine/database.h"
#include "engine/record_scan.h"
#include "engine/result_format.h"
#include "sink/pipelines.h"

namespace pinflow::sink {

struct TableInfo {
    std::string schema;
    std::string name;
    std::filesystem::path path;
    int64_t version = -1;
    int64_t rows = 0;
    int64_t files = 0;
    int64_t size_bytes = 0;
    std::optional<int64_t> newest_event_ms;
    std::optional<int64_t> lag_records;  // filled by whoever knows the log
};

struct CatalogOptions {
    std::filesystem::path lake;
    std::function<std::vector<std::string>()> topics;  // for raw; empty: no raw schema
};

// A connection on which names are resolved; one query at a time. Made by Catalog::session().
class Session;

class Catalog {
  public:
    Catalog(std::shared_ptr<engine::Database> database, delta::Environment environment,
            std::shared_ptr<const Pipelines> pipelines, CatalogOptions options);
    ~Catalog();

    // Runs one SELECT; `interrupt` (if given) is set to a function that cancels it from another thread.
    // invalid: not a SELECT, or bad SQL; not_found: no such table (lists near names).
    Result<> run(const std::string& sql, engine::ResultSink& sink,
                 const std::function<void(std::function<void()> interrupt)>& on_start = {});
    Result<std::string> run(const std::string& sql, engine::Format format);

    // The SQL of a named query. Errors list the choices: queries, ids, tables.
    Result<std::string> named_query(const std::string& name, const std::map<std::string, std::string>& parameters);
    std::vector<std::string> query_names() const;

    Result<std::vector<TableInfo>> tables();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::sink
