// What people's SQL sees: schemas raw (topics), clean, quarantine, result (tables), clean_rows (clean tables with the
// place each row comes from), newest (of these the newest row of each key), quality (what came, day by day) and rules
// (what rows were made by). Before a query the tables it names become views over one consistent snapshot each; tables
// of the past (VERSION AS OF, TIMESTAMP AS OF) and of other folders (delta_table) become views for that query alone.
// Works on a running Pinflow's folders and, read-only, on those of one that is not running. Thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delta/table.h"
#include "engine/database.h"
#include "engine/result_format.h"
#include "sink/pipelines.h"
#include "sink/tables.h"

namespace pinflow::sink {

struct TableInfo {
    std::string schema;
    std::string name;
    std::string path;      // the folder or the URL
    int64_t version = -1;  // -1: it cannot be read, nor is the rest known
    int64_t rows = 0;
    int64_t files = 0;
    int64_t size_bytes = 0;
    std::optional<int64_t> newest_event_ms;  // the newest record's time, by the files' statistics
    std::optional<int64_t> duplicates;       // rows that were ever dropped; nothing if rows may come twice
    std::optional<int64_t> lag_records;      // nothing if nobody knows: offline, or not a table of a pipeline
    std::string state;                       // of its flow, as in TableStatus; "unreadable"; empty if nobody knows
    std::string message;                     // why, if it is not running
};

struct CatalogOptions {
    std::filesystem::path lake;
    std::function<std::vector<std::string>()> topics;  // names of what raw shows; pinflow_records() must be registered
    std::function<std::vector<TableStatus>()> flows = {};  // into clean tables, if there are any
    std::vector<std::filesystem::path> folders = {};       // canonical; below them delta_table('…') may read
    std::vector<std::string> stores = {};                  // and below these URLs
};

using Parameters = std::map<std::string, std::string>;
// Called when a query begins, with what cancels it from another thread while it runs, and when it has ended, with
// nothing: what was given before must not be called any more.
using OnStart = std::function<void(std::function<void()> interrupt)>;

class Catalog {
  public:
    // `database` must allow the lake's folder and the others; `environment` reads tables only.
    Catalog(std::shared_ptr<engine::Database> database, delta::Environment environment,
            std::shared_ptr<const Pipelines> pipelines, CatalogOptions options);
    ~Catalog();

    // One SELECT. invalid: it is something else, or bad SQL; not_found: no such table (near names are listed).
    Result<> run(const std::string& sql, engine::ResultSink& sink, const OnStart& on_start = {});
    Result<std::string> run(const std::string& sql, engine::Format format, const OnStart& on_start = {});

    // The SQL of a named query, to be run. Parameters: what the pipeline's names capture (id), and from.
    // Errors list the choices.
    Result<std::string> named_query(const std::string& name, const Parameters& parameters);

    // Those too that cannot be read, or that a flow could not make yet, if they are known otherwise.
    Result<std::vector<TableInfo>> tables();
    // Does a pipeline that is loaded make it? Else neither its key nor what is expected of it is known.
    Result<bool> is_declared(const std::string& table);

    void use(std::shared_ptr<const Pipelines> pipelines);  // from now on: named queries

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pinflow::sink
