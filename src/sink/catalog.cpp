#include "sink/catalog.h"

#include <mutex>
#include <set>

#include "base/text.h"
#include "base/toml_reader.h"
#include "sink/lake.h"
#include "sink/named_query.h"
#include "sink/newest_rows.h"
#include "sink/table_stats.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

const std::vector<std::string> schemas = {"raw", "clean", "clean_rows", "newest", "quarantine", "result"};

// clean_rows and newest are other views of the clean tables.
std::string folder_of(const std::string& schema) {
    return schema == "clean_rows" || schema == "newest" ? "clean" : schema;
}

struct Name {
    std::string schema;
    std::string table;
};

// clean."x_pin" -> {clean, x_pin}; a bare name has no schema.
std::optional<Name> parse_name(std::string_view text) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
                parts.back() += '"';
                ++i;
            } else {
                quoted = !quoted;
            }
        } else if (text[i] == '.' && !quoted) {
            parts.emplace_back();
        } else {
            parts.back() += text[i];
        }
    }
    if (parts.size() == 1) return Name{"", parts[0]};
    if (parts.size() == 2) return Name{to_lower(parts[0]), parts[1]};
    return std::nullopt;
}

std::unexpected<Error> not_a_select() {
    return fail(Code::invalid, "only one SELECT at a time can be asked here; tables are written by pipelines");
}

}  // namespace

// A connection with schemas of its own: what one query makes of a name does not touch another.
struct Session {
    struct Shown {
        std::filesystem::path folder;
        int64_t version = -1;
        std::vector<std::string> key = {};
    };
    engine::Connection connection;
    std::map<std::string, Shown> views;  // what each shows, by its name in lower case, as SQL takes names
};

// What one query names: one snapshot of each table, however often and under whichever schema it is named.
struct Asked {
    std::map<std::filesystem::path, delta::SnapshotPtr> snapshots;
    std::map<std::string, std::string> names;  // by view, in lower case

    // SQL cannot tell apart names that differ in case only.
    Result<> note(const Name& name, const std::string& table) {
        const auto view = to_lower(name.schema + "." + name.table);
        const auto [known, added] = names.emplace(view, table);
        if (added || known->second == table) return {};
        return fail(Code::invalid, "SQL takes {} and {} for one name: ask for each in a query of its own",
                    quote_name(known->second), quote_name(table));
    }
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
    Result<std::vector<std::string>> names_in(const std::string& schema);
    void give_back(std::unique_ptr<Session> session);
    Result<> show(Session& session, const Name& name, Asked& asked);
    Result<> show_topic(Session& session, const Name& name, Asked& asked);
    Result<> prepare(Session& session, const std::string& sql);
    std::unexpected<Error> unknown(const Name& name);
};

Result<std::unique_ptr<Session>> Catalog::Impl::acquire() {
    uint64_t number = 0;
    {
        const std::scoped_lock lock(mutex);
        if (!free.empty()) {
            auto session = std::move(free.back());
            free.pop_back();
            return session;
        }
        number = ++session_count;
    }
    PINFLOW_ASSIGN(engine::Connection connection, database->connect());
    std::string sql = fmt::format("ATTACH ':memory:' AS session_{}; USE session_{};", number, number);
    for (const auto& schema : schemas) sql += fmt::format("CREATE SCHEMA {};", quote_name(schema));
    PINFLOW_TRY(connection.execute(sql));
    return std::make_unique<Session>(std::move(connection));
}

void Catalog::Impl::give_back(std::unique_ptr<Session> session) {
    const std::scoped_lock lock(mutex);
    free.push_back(std::move(session));
}

Result<std::vector<std::string>> Catalog::Impl::names_in(const std::string& schema) {
    if (schema == "raw") return options.topics ? options.topics() : std::vector<std::string>();
    return lake.names(folder_of(schema));
}

std::unexpected<Error> Catalog::Impl::unknown(const Name& name) {
    std::vector<std::string> candidates;
    for (const auto& schema : schemas) {
        const bool unasked = name.schema.empty() ? folder_of(schema) != schema : name.schema != schema;
        if (unasked) continue;
        const auto names = names_in(schema);
        if (!names) continue;
        for (const auto& table : *names) candidates.push_back(fmt::format("{}.{}", schema, quote_name(table)));
    }
    const std::string asked =
        name.schema.empty() ? name.table : fmt::format("{}.{}", name.schema, quote_name(name.table));
    std::vector<std::string> same;
    for (const auto& candidate : candidates) {
        if (candidate.ends_with("." + quote_name(name.table))) same.push_back(candidate);
    }
    const std::string near = nearest(asked, candidates);
    if (same.empty() && !near.empty()) same.push_back(near);
    if (!same.empty())
        return fail(Code::not_found, "there is no table {}: did you mean {}?", asked, fmt::join(same, " or "));
    if (candidates.empty()) return fail(Code::not_found, "there is no table {}, nor any other yet", asked);
    const size_t shown = std::min<size_t>(candidates.size(), 20);
    return fail(Code::not_found, "there is no table {}; there are {}{}", asked,
                fmt::join(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(shown), ", "),
                shown < candidates.size() ? fmt::format(" and {} more", candidates.size() - shown) : "");
}

Result<> Catalog::Impl::show_topic(Session& session, const Name& name, Asked& asked) {
    PINFLOW_ASSIGN(const auto topics, names_in("raw"));
    if (std::ranges::find(topics, name.table) == topics.end()) return unknown(name);
    PINFLOW_TRY(asked.note(name, name.table));
    return session.connection.execute(fmt::format("CREATE OR REPLACE VIEW raw.{} AS SELECT * FROM pinflow_records({})",
                                                  quote_name(name.table), quote_text(name.table)));
}

// Makes the name a view over the newest version of its table.
Result<> Catalog::Impl::show(Session& session, const Name& name, Asked& asked) {
    if (name.schema == "raw") return show_topic(session, name, asked);
    const std::string folder = folder_of(name.schema);
    const auto names = lake.names(folder);
    std::string table = name.table;
    if (std::ranges::find(names, table) == names.end()) {
        const auto found =
            std::ranges::find_if(names, [&](const auto& other) { return equals_ignoring_case(other, table); });
        if (found == names.end()) return unknown(name);
        table = *found;
    }
    PINFLOW_TRY(asked.note(name, table));
    const auto place = lake.folder(folder, table);
    delta::SnapshotPtr& snapshot = asked.snapshots[place];
    if (!snapshot) {
        PINFLOW_ASSIGN(snapshot, lake.snapshot(folder, table));
    }
    const std::string view = fmt::format("{}.{}", quote_name(name.schema), quote_name(name.table));
    const auto key = name.schema == "newest" ? key_of(*current(), table) : std::vector<std::string>();
    Session::Shown& shown = session.views[to_lower(view)];
    if (shown.folder == place && shown.version == snapshot->version && shown.key == key) return {};
    std::string rows = view_sql(*snapshot, place, folder != name.schema || folder == "quarantine");
    if (!key.empty()) rows = newest_rows_sql(*snapshot, rows, key);
    PINFLOW_TRY(session.connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view, rows)));
    shown = {place, snapshot->version, key};
    return {};
}

Result<> Catalog::Impl::prepare(Session& session, const std::string& sql) {
    const auto names = session.connection.table_names(sql);
    if (!names) return names.error().code == Code::unsupported ? not_a_select() : fail(names.error());
    Asked asked;
    for (const std::string& text : *names) {
        const auto name = parse_name(text);
        if (!name) continue;
        if (name->schema.empty()) {
            // DuckDB knows its own (duckdb_tables …); what is ours needs its schema.
            for (const auto& schema : {"clean", "raw", "quarantine", "result"}) {
                const auto ours = names_in(schema);
                if (ours && std::ranges::find(*ours, name->table) != ours->end()) return unknown(*name);
            }
        } else if (std::ranges::find(schemas, name->schema) != schemas.end()) {
            PINFLOW_TRY(show(session, *name, asked));
        }
    }
    PINFLOW_ASSIGN(const bool select, session.connection.is_select(sql));
    if (!select) return not_a_select();
    return {};
}

Catalog::Catalog(std::shared_ptr<engine::Database> database, delta::Environment environment,
                 std::shared_ptr<const Pipelines> pipelines, CatalogOptions options)
    : impl_(std::make_unique<Impl>(std::move(database), std::move(environment), std::move(pipelines),
                                   std::move(options))) {}

Catalog::~Catalog() = default;

Result<> Catalog::run(const std::string& sql, engine::ResultSink& sink, const OnStart& on_start) {
    PINFLOW_ASSIGN(auto session, impl_->acquire());
    if (on_start) on_start([connection = session->connection]() mutable { connection.interrupt(); });
    auto outcome = impl_->prepare(*session, sql);
    if (outcome) outcome = session->connection.stream(sql, sink);
    if (on_start) on_start({});  // before somebody else has the connection
    impl_->give_back(std::move(session));
    return outcome;
}

Result<std::string> Catalog::run(const std::string& sql, engine::Format format, const OnStart& on_start) {
    std::string text;
    const auto writer = engine::make_writer(format, [&](std::string_view piece) -> Result<> {
        text += piece;
        return {};
    });
    PINFLOW_TRY(run(sql, *writer, on_start));
    return text;
}

Result<std::string> Catalog::named_query(const std::string& name, const Parameters& parameters) {
    return resolve_query(*impl_->current(), impl_->lake.names("clean"), name, parameters);
}

void Catalog::use(std::shared_ptr<const Pipelines> pipelines) {
    const std::scoped_lock lock(impl_->mutex);
    impl_->pipelines = std::move(pipelines);
}

Result<std::vector<TableInfo>> Catalog::tables() {
    std::vector<TableInfo> tables;
    const auto lags = impl_->options.lags ? impl_->options.lags() : std::map<std::string, int64_t>();
    for (const auto& schema : {"clean", "quarantine", "result"}) {
        for (const auto& name : impl_->lake.names(schema)) {
            const auto snapshot = impl_->lake.snapshot(schema, name);
            if (!snapshot && snapshot.error().code == Code::not_found) continue;  // being made
            if (!snapshot) return fail(snapshot.error());
            TableInfo info{.schema = schema, .name = name, .path = impl_->lake.folder(schema, name)};
            info.version = (*snapshot)->version;
            info.rows = (*snapshot)->row_count().value_or(-1);
            info.files = static_cast<int64_t>((*snapshot)->files.size());
            info.size_bytes = (*snapshot)->size_bytes;
            info.newest_event_ms = newest_event_ms(**snapshot);
            const auto lag = lags.find(name);
            if (lag != lags.end() && info.schema == "clean") info.lag_records = lag->second;
            tables.push_back(std::move(info));
        }
    }
    return tables;
}

}  // namespace pinflow::sink
