// Tables of the past and of other folders: views in schemas of their own, for one query.
#include "base/text.h"
#include "sink/catalog_impl.h"
#include "sink/newest_rows.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;
using engine::quote_name;
using engine::TableMention;

// The milliseconds since 1970 that a SQL expression stands for. It may use functions, but no tables.
Result<int64_t> time_of(engine::Connection& connection, const std::string& expression) {
    const std::string sql = fmt::format("SELECT epoch_ms(CAST({} AS TIMESTAMPTZ))", expression);
    const auto within = [&](Error error) {
        return fail(std::move(error).within(fmt::format("TIMESTAMP AS OF {}", expression)));
    };
    const auto tables = connection.table_names(sql);
    if (!tables) return within(tables.error());
    if (!tables->empty()) return within({Code::invalid, "a time cannot be looked up in a table"});
    const auto rows = connection.query(sql);
    if (!rows) return within(rows.error());
    if (rows->row_count() != 1 || rows->is_null(0, 0)) return within({Code::invalid, "not a time"});
    return rows->int64(0, 0);
}

std::string list(const std::vector<fs::path>& folders) {
    std::string text;
    for (const fs::path& folder : folders) text += (text.empty() ? "" : ", ") + folder.string();
    return text;
}

std::string without_slashes(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

}  // namespace

Result<delta::SnapshotPtr> Catalog::Impl::snapshot_of(Session& session, const fs::path& place,
                                                      const TableMention& mention) {
    PINFLOW_ASSIGN(const auto table, lake.table(place));
    if (mention.version) return table->read_as_of(*mention.version);
    if (mention.timestamp.empty()) return table->refresh();
    PINFLOW_ASSIGN(const int64_t time_ms, time_of(session.connection, mention.timestamp));
    PINFLOW_ASSIGN(const int64_t version, table->version_as_of(time_ms));
    return table->read_as_of(version);
}

// Under its own name, so that what refers to it by that name still does.
Result<std::string> Catalog::Impl::make_visit(Session& session, const std::string& schema, const std::string& name,
                                              TableScan scan) {
    const std::string view = fmt::format("{}.{}", quote_name(schema), quote_name(name));
    if (std::ranges::find(session.visits, schema) == session.visits.end()) {
        PINFLOW_TRY(session.connection.execute(fmt::format("CREATE SCHEMA {}", quote_name(schema))));
        session.visits.push_back(schema);
    }
    PINFLOW_TRY(session.connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view, scan.sql)));
    session.keep(scan);
    return view;
}

Result<std::string> Catalog::Impl::visit_past(Session& session, const TableMention& mention) {
    const TableName name{mention.name.size() == 2 ? to_lower(mention.name[0]) : "", mention.name.back()};
    if (name.schema == "raw") {
        return fail(Code::invalid, "{} is a topic: records have no versions, ask by \"offset\" or timestamp",
                    name.text());
    }
    if (name.schema == "quality") {
        return fail(Code::invalid, "{} tells of the table as it is: it has no versions, ask by day", name.text());
    }
    if (name.schema == "rules") {
        return fail(Code::invalid, "{} has every version of the rules: ask by its column version", name.text());
    }
    if (std::ranges::find(catalog_schemas, name.schema) == catalog_schemas.end()) return unknown(name);
    PINFLOW_ASSIGN(const std::string table, find_table(name));
    const auto place = lake.folder(folder_of(name.schema), table);
    const auto snapshot = snapshot_of(session, place, mention);
    if (!snapshot) return fail(Error(snapshot.error()).within(name.text()));
    std::vector<std::string> key;
    if (name.schema == "newest") {
        PINFLOW_ASSIGN(key, key_of(*current(), table));
    }
    auto scanned = scan(session, **snapshot, place, name.schema, key);
    if (!scanned) return fail(std::move(scanned).error().within(name.text()));
    return make_visit(session, fmt::format("{}@v{}", name.schema, (*snapshot)->version), name.table,
                      std::move(*scanned));
}

Result<std::string> Catalog::Impl::visit_folder(Session& session, const TableMention& mention) {
    const std::string name = fmt::format("delta_table('{}')", mention.folder);
    if (mention.folder.find("://") != std::string::npos) return visit_store(session, mention, name);
    std::error_code error;
    const fs::path place = fs::canonical(mention.folder, error);
    if (error || !is_below(place, options.folders)) {
        return fail(Code::invalid,
                    "{}: there is no such folder below those that sql.folders (offline: --folder) names: {}", name,
                    options.folders.empty() ? "none" : list(options.folders));
    }
    return visit_place(session, mention, place, place.filename().string());
}

// By its URL without parameters: those of the setting count, so that nobody who asks says where to connect.
Result<std::string> Catalog::Impl::visit_store(Session& session, const TableMention& mention, const std::string& name) {
    const std::string url = without_slashes(mention.folder);
    for (const std::string& store : options.stores) {
        const std::string base = without_slashes(store.substr(0, store.find('?')));
        if (!url.starts_with(base + "/") && url != base) continue;
        const fs::path rest = fs::path(url.substr(base.size())).relative_path();
        if (rest != rest.lexically_normal() || url.find('?') != std::string::npos) break;
        const auto place = lake.place(store);
        if (!place) return fail(Error(place.error()).within(name));
        return visit_place(session, mention, rest.empty() ? *place : *place / rest, url.substr(url.rfind('/') + 1));
    }
    return fail(Code::invalid, "{} does not lie below what sql.stores (offline: --folder) names: {}", name,
                options.stores.empty() ? "nothing" : fmt::format("{}", fmt::join(options.stores, ", ")));
}

Result<std::string> Catalog::Impl::visit_place(Session& session, const TableMention& mention, const fs::path& place,
                                               const std::string& view) {
    const std::string name = fmt::format("delta_table('{}')", mention.folder);
    const auto snapshot = snapshot_of(session, place, mention);
    if (!snapshot) return fail(Error(snapshot.error()).within(name));
    auto scanned = scan(session, **snapshot, place, "", {});
    if (!scanned) return fail(std::move(scanned).error().within(name));
    return make_visit(session, fmt::format("delta@{}", session.visits.size()), view, std::move(*scanned));
}

Result<std::string> Catalog::Impl::visit(Session& session, const TableMention& mention) {
    return mention.name.empty() ? visit_folder(session, mention) : visit_past(session, mention);
}

Result<std::string> Catalog::Impl::replace_mentions(Session& session, const std::string& sql) {
    PINFLOW_ASSIGN(const auto mentions, engine::find_table_mentions(sql));
    std::string text;
    size_t done = 0;
    for (const TableMention& mention : mentions) {
        PINFLOW_ASSIGN(const std::string view, visit(session, mention));
        text += sql.substr(done, mention.begin - done) + view;
        done = mention.end;
    }
    return text + sql.substr(done);
}

}  // namespace pinflow::sink
