#include "sink/catalog.h"

#include "base/text.h"
#include "sink/catalog_impl.h"
#include "sink/named_query.h"
#include "sink/row_origin.h"
#include "sink/table_stats.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;

// clean."x_pin" -> {clean, x_pin}; a bare name has no schema.
std::optional<TableName> parse_name(std::string_view text) {
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
    if (parts.size() == 1) return TableName{"", parts[0]};
    if (parts.size() == 2) return TableName{to_lower(parts[0]), parts[1]};
    return std::nullopt;
}

TableInfo describe(const std::string& schema, const std::string& name, const Result<delta::SnapshotPtr>& snapshot) {
    TableInfo info{.schema = schema, .name = name};
    if (!snapshot) {
        info.state = "unreadable";
        info.message = snapshot.error().message;
        return info;
    }
    info.version = (*snapshot)->version;
    info.rows = (*snapshot)->row_count().value_or(-1);
    info.files = static_cast<int64_t>((*snapshot)->files.size());
    info.size_bytes = (*snapshot)->size_bytes;
    info.duplicates = duplicates_ever(**snapshot);
    info.newest_event_ms = newest_event_ms(**snapshot);
    return info;
}

using Flow = std::map<std::string, TableStatus>::node_type;

void add_flow(TableInfo& info, const Flow& flow) {
    if (flow.empty()) return;
    info.lag_records = flow.mapped().lag_records;
    if (!info.message.empty() && flow.mapped().message.empty()) return;  // what readers meet, its writer may yet
    info.state = flow.mapped().state;
    info.message = flow.mapped().message;
}

// Words behind an error about a column that only the views with a row's place have.
Error with_hint(Error error) {
    for (const delta::Column& column : origin_columns()) {
        const bool is_missing =
            error.message.contains(fmt::format("Referenced column \"{}\" not found", column.name)) ||
            error.message.contains(fmt::format("does not have a column named \"{}\"", column.name));
        if (!is_missing) continue;
        error.message +=
            fmt::format("\n{} and what else tells where a row comes from is in clean_rows.\"TABLE\"", column.name);
        break;
    }
    return error;
}

std::unexpected<Error> not_a_select() {
    return fail(Code::invalid, "only one SELECT at a time can be asked here; tables are written by pipelines");
}

}  // namespace

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
    for (const auto& schema : catalog_schemas) sql += fmt::format("CREATE SCHEMA {};", quote_name(schema));
    PINFLOW_TRY(connection.execute(sql));
    return std::make_unique<Session>(std::move(connection));
}

// A session that does not come clean is not used again.
void Catalog::Impl::give_back(std::unique_ptr<Session> session) {
    for (const std::string& schema : session->visits) {
        if (!session->connection.execute(fmt::format("DROP SCHEMA {} CASCADE", quote_name(schema)))) return;
    }
    session->visits.clear();
    session->filters.clear();
    session->held.clear();
    const std::scoped_lock lock(mutex);
    free.push_back(std::move(session));
}

// "clean.orders" in one pair of quotes is one name without a schema.
Result<> Catalog::Impl::check_quotes(const TableName& name) {
    const size_t dot = name.table.find('.');
    if (dot == std::string::npos) return {};
    const TableName meant{to_lower(name.table.substr(0, dot)), name.table.substr(dot + 1)};
    if (std::ranges::find(catalog_schemas, meant.schema) == catalog_schemas.end()) return {};
    const auto names = names_in(meant.schema);
    if (!names || std::ranges::find(*names, meant.table) == names->end()) return {};
    return fail(Code::not_found, "there is no table {}: write {}, quotes go around each part alone",
                quote_name(name.table), meant.text());
}

Result<std::string> Catalog::Impl::prepare(Session& session, const std::string& asked_sql) {
    PINFLOW_ASSIGN(std::string sql, replace_mentions(session, asked_sql));
    const auto names = session.connection.table_names(sql);
    if (!names) return names.error().code == Code::unsupported ? not_a_select() : fail(names.error());
    Asked asked;
    for (const std::string& text : *names) {
        const auto name = parse_name(text);
        if (!name) continue;
        if (name->schema.empty()) {
            PINFLOW_TRY(check_quotes(*name));
            // DuckDB knows its own (duckdb_tables …); what is ours needs its schema.
            for (const auto& schema : {"clean", "raw", "quarantine", "result"}) {
                const auto ours = names_in(schema);
                if (ours && std::ranges::find(*ours, name->table) != ours->end()) return unknown(*name);
            }
        } else if (std::ranges::find(catalog_schemas, name->schema) != catalog_schemas.end()) {
            PINFLOW_TRY(show(session, *name, asked));
        }
    }
    PINFLOW_ASSIGN(const bool select, session.connection.is_select(sql));
    if (!select) return not_a_select();
    return sql;
}

Catalog::Catalog(std::shared_ptr<engine::Database> database, delta::Environment environment,
                 std::shared_ptr<const Pipelines> pipelines, CatalogOptions options)
    : impl_(std::make_unique<Impl>(std::move(database), std::move(environment), std::move(pipelines),
                                   std::move(options))) {}

Catalog::~Catalog() = default;

Result<> Catalog::run(const std::string& sql, engine::ResultSink& sink, const OnStart& on_start) {
    PINFLOW_ASSIGN(auto session, impl_->acquire());
    if (on_start) on_start([connection = session->connection]() mutable { connection.interrupt(); });
    const auto prepared = impl_->prepare(*session, sql);
    const Result<> outcome = prepared ? session->connection.stream(*prepared, sink) : fail(prepared.error());
    if (on_start) on_start({});  // before somebody else has the connection
    impl_->give_back(std::move(session));
    return outcome ? outcome : fail(with_hint(outcome.error()));
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
    PINFLOW_ASSIGN(const auto names, impl_->lake.names("clean"));
    return resolve_query(*impl_->current(), names, name, parameters);
}

void Catalog::use(std::shared_ptr<const Pipelines> pipelines) {
    const std::scoped_lock lock(impl_->mutex);
    impl_->pipelines = std::move(pipelines);
}

Result<bool> Catalog::is_declared(const std::string& table) {
    PINFLOW_ASSIGN(const std::string name, impl_->find_table({"clean", table}));
    return !impl_->current()->makers(name).empty();
}

Result<std::vector<TableInfo>> Catalog::tables() {
    std::vector<TableInfo> tables;
    std::map<std::string, TableStatus> flows;
    for (auto& each : impl_->options.flows ? impl_->options.flows() : std::vector<TableStatus>())
        flows.emplace(each.table, std::move(each));
    bool is_all_listed = true;
    for (const auto& schema : {"clean", "quarantine", "result"}) {
        const auto names = impl_->lake.names(schema);
        if (!names && flows.empty()) return fail(names.error());
        is_all_listed = is_all_listed && names;
        if (!names) continue;
        for (const auto& name : *names) {
            const auto snapshot = impl_->lake.snapshot(impl_->lake.folder(schema, name));
            if (!snapshot && snapshot.error().code == Code::not_found) continue;  // being made
            TableInfo info = describe(schema, name, snapshot);
            info.path = impl_->lake.where(schema, name);
            if (info.schema == "clean") add_flow(info, flows.extract(name));
            tables.push_back(std::move(info));
        }
    }
    while (!flows.empty()) {
        const auto left = flows.extract(flows.begin());
        if (is_all_listed && left.mapped().message.empty()) continue;  // being made
        TableInfo info{.schema = "clean", .name = left.key(), .path = impl_->lake.where("clean", left.key())};
        add_flow(info, left);
        tables.push_back(std::move(info));
    }
    return tables;
}

}  // namespace pinflow::sink
