// How names become views: topics, and the newest versions of tables.
#include "base/text.h"
#include "base/toml_reader.h"
#include "sink/catalog_impl.h"
#include "sink/kept_rules.h"
#include "sink/newest_rows.h"
#include "sink/quality.h"

namespace pinflow::sink {

using engine::quote_name;
using engine::quote_text;

Result<> Asked::note(const TableName& name, const std::string& table) {
    const auto view = to_lower(name.schema + "." + name.table);
    const auto [known, added] = names.emplace(view, table);
    if (added || known->second == table) return {};
    return fail(Code::invalid, "SQL takes {} and {} for one name: ask for each in a query of its own",
                quote_name(known->second), quote_name(table));
}

std::string TableName::text() const {
    return fmt::format("{}.{}", schema, quote_name(table));
}

void Session::keep(TableScan& scan) {
    if (scan.filter) filters.push_back(std::move(scan.filter));
    if (scan.held) held.push_back(std::move(scan.held));
}

Result<std::vector<std::string>> Catalog::Impl::names_in(const std::string& schema) {
    if (schema == "raw") return options.topics ? options.topics() : std::vector<std::string>();
    return lake.names(folder_of(schema));
}

std::unexpected<Error> Catalog::Impl::unknown(const TableName& name) {
    std::vector<std::string> candidates;
    for (const auto& schema : catalog_schemas) {
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

Result<> Catalog::Impl::show_topic(Session& session, const TableName& name, Asked& asked) {
    PINFLOW_ASSIGN(const auto topics, names_in("raw"));
    if (std::ranges::find(topics, name.table) == topics.end()) return unknown(name);
    PINFLOW_TRY(asked.note(name, name.table));
    return session.connection.execute(fmt::format("CREATE OR REPLACE VIEW raw.{} AS SELECT * FROM pinflow_records({})",
                                                  quote_name(name.table), quote_text(name.table)));
}

Result<std::string> Catalog::Impl::find_table(const TableName& name) {
    PINFLOW_ASSIGN(const auto names, lake.names(folder_of(name.schema)));
    if (std::ranges::find(names, name.table) != names.end()) return name.table;
    const auto found =
        std::ranges::find_if(names, [&](const auto& other) { return equals_ignoring_case(other, name.table); });
    if (found == names.end()) return unknown(name);
    return *found;
}

Result<TableScan> Catalog::Impl::scan(Session& session, const delta::Snapshot& snapshot,
                                      const std::filesystem::path& place, const std::string& schema,
                                      const std::vector<std::string>& key) {
    PINFLOW_ASSIGN(const auto table, lake.table(place));
    const ScanOptions wanted{
        .with_identity = schema != "clean" && schema != "result", .folders = options.folders, .files = &table->files()};
    PINFLOW_ASSIGN(TableScan scan, scan_table(session.connection, lake.disk(), snapshot, place, wanted));
    if (!key.empty()) scan.sql = newest_rows_sql(snapshot, scan.sql, key);
    return scan;
}

Result<delta::SnapshotPtr> Catalog::Impl::snapshot(Asked& asked, const std::filesystem::path& place) {
    delta::SnapshotPtr& known = asked.snapshots[place];
    if (!known) {
        PINFLOW_ASSIGN(known, lake.snapshot(place));
    }
    return known;
}

// Of two tables, of which the second may move on without the first: made anew for each query.
Result<> Catalog::Impl::show_quality(Session& session, const TableName& name, Asked& asked) {
    PINFLOW_ASSIGN(const std::string table, find_table(name));
    PINFLOW_TRY(asked.note(name, table));
    const auto clean_place = lake.folder("clean", table), quarantine_place = lake.folder("quarantine", table);
    PINFLOW_ASSIGN(const auto clean, snapshot(asked, clean_place));
    PINFLOW_ASSIGN(const auto quarantine, snapshot(asked, quarantine_place));
    PINFLOW_ASSIGN(auto rows, scan(session, *clean, clean_place, "clean_rows", {}));
    PINFLOW_ASSIGN(auto refused, scan(session, *quarantine, quarantine_place, "quarantine", {}));
    QualitySources sources{.clean_rows = rows.sql, .quarantine = refused.sql};
    const auto now = current();
    if (const auto makers = now->makers(table); !makers.empty()) {
        sources.key = makers.front().plan->declaration.key;
        sources.rules = makers.front().plan->declaration.quality;
    }
    for (const delta::Column& column : clean->metadata->schema.columns)
        if (!column.name.starts_with("_")) sources.columns.push_back(column);
    for (auto* const each : {&rows, &refused}) session.keep(*each);
    const std::string view = fmt::format("{}.{}", quote_name(name.schema), quote_name(name.table));
    return session.connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view, quality_sql(sources)));
}

// What is kept by now: rules come without a version of the table.
Result<> Catalog::Impl::show_rules(Session& session, const TableName& name, Asked& asked) {
    PINFLOW_ASSIGN(const std::string table, find_table(name));
    PINFLOW_TRY(asked.note(name, table));
    PINFLOW_ASSIGN(const auto opened, lake.table(lake.folder("clean", table)));
    PINFLOW_ASSIGN(KeptRules rules, kept_rules(opened->files()));
    if (rules.held) session.held.push_back(std::move(rules.held));
    const std::string view = fmt::format("{}.{}", quote_name(name.schema), quote_name(name.table));
    return session.connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view, rules.sql));
}

// Makes the name a view over the newest version of its table.
Result<> Catalog::Impl::show(Session& session, const TableName& name, Asked& asked) {
    if (name.schema == "raw") return show_topic(session, name, asked);
    if (name.schema == "quality") return show_quality(session, name, asked);
    if (name.schema == "rules") return show_rules(session, name, asked);
    PINFLOW_ASSIGN(const std::string table, find_table(name));
    PINFLOW_TRY(asked.note(name, table));
    const auto place = lake.folder(folder_of(name.schema), table);
    PINFLOW_ASSIGN(const auto version, snapshot(asked, place));
    const std::string view = fmt::format("{}.{}", quote_name(name.schema), quote_name(name.table));
    std::vector<std::string> key;
    if (name.schema == "newest") {
        PINFLOW_ASSIGN(key, key_of(*current(), table));
    }
    Session::Shown& shown = session.views[to_lower(view)];
    if (shown.folder == place && shown.version == version->version && shown.key == key) return {};
    auto scanned = scan(session, *version, place, name.schema, key);
    if (!scanned) return fail(std::move(scanned).error().within(name.text()));
    PINFLOW_TRY(session.connection.execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", view, scanned->sql)));
    if (scanned->held) {  // its files stay for this query, not for as long as the session
        session.keep(*scanned);
        shown = {};
    } else {
        shown = {place, version->version, key, std::move(scanned->filter)};
    }
    return {};
}

}  // namespace pinflow::sink
