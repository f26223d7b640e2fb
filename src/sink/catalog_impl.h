// What catalog*.cpp share: the sessions that queries run in, and how names become views. Only they include it.
#pragma once
#include <mutex>

#include "engine/time_travel.h"
#include "sink/catalog.h"
#include "sink/lake.h"
#include "sink/table_scan.h"

namespace pinflow::sink {

struct TableName {
    std::string schema;  // in lower case
    std::string table;

    std::string text() const;  // clean."x_pin"
};

// clean_rows, newest, quality and rules are other views of the clean tables.
inline std::string folder_of(const std::string& schema) {
    const bool is_view = schema == "clean_rows" || schema == "newest" || schema == "quality" || schema == "rules";
    return is_view ? "clean" : schema;
}

inline const std::vector<std::string> catalog_schemas = {"raw",        "clean",   "clean_rows", "newest",
                                                         "quarantine", "quality", "rules",      "result"};

// A connection with schemas of its own: what one query makes of a name does not touch another.
struct Session {
    struct Shown {
        std::filesystem::path folder;
        int64_t version = -1;
        std::vector<std::string> key = {};
        std::shared_ptr<const engine::RegisteredFilter> filter = {};
    };
    engine::Connection connection;
    std::map<std::string, Shown> views;  // what each shows, by its name in lower case, as SQL takes names
    // Of one query: schemas with tables of the past and of other folders, and what their views leave rows out by.
    std::vector<std::string> visits;
    std::vector<std::shared_ptr<const engine::RegisteredFilter>> filters;
    std::vector<delta::TableFiles::Held> held;  // files of tables in stores

    void keep(TableScan& scan);  // for the query
};

// What one query names: one snapshot of each table, however often and under whichever schema it is named.
struct Asked {
    std::map<std::filesystem::path, delta::SnapshotPtr> snapshots;
    std::map<std::string, std::string> names;  // by view, in lower case

    // SQL cannot tell apart names that differ in case only.
    Result<> note(const TableName& name, const std::string& table);
};

struct Catalog::Impl {
    std::shared_ptr<engine::Database> database;
    CatalogOptions options;
    Lake lake;
    std::mutex mutex;
    std::shared_ptr<const Pipelines> pipelines;
    std::vector<std::unique_ptr<Session>> free;
    uint64_t session_count = 0;

    Impl(std::shared_ptr<engine::Database> database_, delta::Environment environment,
         std::shared_ptr<const Pipelines> pipelines_, CatalogOptions options_)
        : database(std::move(database_)),
          options(std::move(options_)),
          lake(std::move(environment), options.lake),
          pipelines(std::move(pipelines_)) {}

    std::shared_ptr<const Pipelines> current() {
        const std::scoped_lock lock(mutex);
        return pipelines;
    }

    Result<std::unique_ptr<Session>> acquire();
    void give_back(std::unique_ptr<Session> session);
    // The text for DuckDB, its names made known. invalid: not one SELECT.
    Result<std::string> prepare(Session& session, const std::string& sql);
    Result<> check_quotes(const TableName& name);

    // catalog_views.cpp
    Result<std::vector<std::string>> names_in(const std::string& schema);
    Result<> show(Session& session, const TableName& name, Asked& asked);
    Result<> show_topic(Session& session, const TableName& name, Asked& asked);
    Result<> show_quality(Session& session, const TableName& name, Asked& asked);
    Result<> show_rules(Session& session, const TableName& name, Asked& asked);
    // One snapshot for all of a query's views of that table.
    Result<delta::SnapshotPtr> snapshot(Asked& asked, const std::filesystem::path& place);
    std::unexpected<Error> unknown(const TableName& name);
    Result<std::string> find_table(const TableName& name);  // its name as the lake has it
    Result<TableScan> scan(Session& session, const delta::Snapshot& snapshot, const std::filesystem::path& place,
                           const std::string& schema, const std::vector<std::string>& key);

    // catalog_time_travel.cpp: puts views in place of what DuckDB would not understand.
    Result<std::string> replace_mentions(Session& session, const std::string& sql);
    Result<std::string> visit(Session& session, const engine::TableMention& mention);
    Result<std::string> visit_past(Session& session, const engine::TableMention& mention);
    Result<std::string> visit_folder(Session& session, const engine::TableMention& mention);
    Result<std::string> visit_store(Session& session, const engine::TableMention& mention, const std::string& name);
    Result<std::string> visit_place(Session& session, const engine::TableMention& mention,
                                    const std::filesystem::path& place, const std::string& view);
    Result<delta::SnapshotPtr> snapshot_of(Session& session, const std::filesystem::path& place,
                                           const engine::TableMention& mention);
    Result<std::string> make_visit(Session& session, const std::string& schema, const std::string& name,
                                   TableScan scan);
};

}  // namespace pinflow::sink
