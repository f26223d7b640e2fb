#include "sink/declaration.h"

#include "base/digest.h"
#include "base/disk.h"
#include "base/text.h"
#include "base/toml_reader.h"
#include "delta/properties.h"
#include "engine/connection.h"
#include "sink/declared_expectations.h"
#include "sink/declared_quality.h"

namespace pinflow::sink {
namespace {

std::string hash_of(const std::string& text) {
    return hex_encode(as_bytes(digest(Hash::sha256, text)).first(8));
}

Result<Pattern> read_pattern(const TomlReader& reader, const toml::node* node, std::string_view text) {
    auto pattern = Pattern::parse(text);
    if (!pattern) return reader.refuse(node, pattern.error().message);
    return pattern;
}

// Every capture in the table's name has a value wherever the source matches.
Result<> check_captures(const TomlReader& reader, const Source& source) {
    auto given = source.topic.names();
    for (const std::string& name : source.table.names()) {
        const auto has = [&](const Pattern& pattern) { return std::ranges::count(pattern.names(), name) > 0; };
        if (has(source.topic) || (!source.record_keys.empty() && std::ranges::all_of(source.record_keys, has)))
            continue;
        return reader.refuse(nullptr,
                             fmt::format("table = \"{}\" uses {{{}}}, which neither topic nor every record_key "
                                         "captures",
                                         source.table.text(), name));
    }
    return {};
}

Result<Source> read_source(const toml::table& table, const std::string& file, const std::string& where) {
    TomlReader reader(table, file, where);
    PINFLOW_ASSIGN(const std::string topic, reader.text_or("topic", ""));
    PINFLOW_ASSIGN(const std::string stream, reader.text_or("stream", ""));
    if (topic.empty() == stream.empty()) {
        return reader.refuse(nullptr, where + " needs either topic = \"…\" or stream = \"…\"");
    }
    PINFLOW_ASSIGN(const std::string target, reader.text("table"));
    PINFLOW_ASSIGN(const auto keys, reader.texts("record_key"));
    Source source;
    source.is_stream = topic.empty();
    PINFLOW_ASSIGN(source.topic, read_pattern(reader, nullptr, source.is_stream ? stream : topic));
    PINFLOW_ASSIGN(source.table, read_pattern(reader, nullptr, target));
    PINFLOW_ASSIGN(source.from, reader.text_or("from", ""));
    for (const std::string& key : keys) {
        PINFLOW_ASSIGN(Pattern pattern, read_pattern(reader, nullptr, key));
        source.record_keys.push_back(std::move(pattern));
    }
    PINFLOW_TRY(reader.finish());
    PINFLOW_TRY(check_captures(reader, source));
    return source;
}

// title = "text", or title = { type = "text", null = ["", "unknown"] }
Result<engine::Field> read_field(const TomlReader& table, const std::string& name, const toml::node& node) {
    engine::Field field{.name = name, .type = engine::FieldType::text};
    std::string type = node.value_or(std::string());
    if (const toml::table* inside = node.as_table()) {
        TomlReader reader(*inside, table.file(), fmt::format("field {} of {}", name, table.where()));
        PINFLOW_ASSIGN(type, reader.text("type"));
        PINFLOW_ASSIGN(field.nothing, reader.texts("null"));
        PINFLOW_TRY(reader.finish());
    }
    const auto known = engine::parse_field_type(type);
    if (!known) {
        return table.refuse(&node, fmt::format("field {} of {} needs a type: bigint, integer, double, text, boolean, "
                                               "timestamp or json",
                                               name, table.where()));
    }
    field.type = *known;
    if (!field.nothing.empty() && field.type != engine::FieldType::text)
        return table.refuse(&node, fmt::format("field {}: only text can have null = [texts that mean nothing]", name));
    if (name.starts_with('_'))
        return table.refuse(&node, fmt::format("field {}: names that begin with _ are Pinflow's own", name));
    return field;
}

Result<std::vector<engine::Field>> read_input(TomlReader& reader) {
    PINFLOW_ASSIGN(const toml::table* table, reader.table("input"));
    if (!table || table->empty()) {
        return reader.refuse(nullptr, reader.where() + " needs its fields: [table.….input] with name = \"type\"");
    }
    std::vector<engine::Field> fields;
    for (const auto& [key, node] : *table) {
        const std::string name(key.str());
        PINFLOW_ASSIGN(engine::Field read, read_field(reader, name, node));
        const auto same = [&](const engine::Field& field) { return equals_ignoring_case(field.name, name); };
        if (std::ranges::any_of(fields, same)) {
            return reader.refuse(&node,
                                 fmt::format("field {} differs from another only in case, SQL cannot tell", name));
        }
        fields.push_back(std::move(read));
    }
    return fields;
}

Result<Settings> read_settings(const toml::table* table, const std::string& file, Settings settings) {
    if (!table) return settings;
    TomlReader reader(*table, file, "[settings]");
    constexpr int64_t mib = 1 << 20;
    PINFLOW_ASSIGN(settings.latency_ms, reader.whole_number_or("latency_ms", settings.latency_ms, 0, 86'400'000));
    PINFLOW_ASSIGN(const int64_t batch, reader.whole_number_or("batch_mib", settings.batch_bytes / mib, 1, 1024));
    PINFLOW_ASSIGN(const int64_t target,
                   reader.whole_number_or("target_file_mib", settings.target_file_bytes / mib, 1, 4096));
    PINFLOW_ASSIGN(settings.compact_after_files,
                   reader.whole_number_or("compact_after_files", settings.compact_after_files, 2, 10'000));
    PINFLOW_ASSIGN(settings.schema_window_ms,
                   reader.whole_number_or("schema_window_ms", settings.schema_window_ms, 0, 3'600'000));
    PINFLOW_ASSIGN(settings.max_columns, reader.whole_number_or("max_columns", settings.max_columns, 1, 2000));
    PINFLOW_ASSIGN(settings.max_keys, reader.whole_number_or("max_keys", settings.max_keys, 1, 10'000'000'000));
    const toml::node* const compression = reader.node("compression");
    const auto known = engine::parse_compression(compression ? compression->value_or(std::string()) : "snappy");
    if (!known) return reader.refuse(compression, "compression must be \"snappy\", \"zstd\" or \"none\"");
    if (compression) settings.compression = *known;
    settings.batch_bytes = batch * mib;
    settings.target_file_bytes = target * mib;
    PINFLOW_TRY(reader.finish());
    return settings;
}

Result<SchemaMode> read_schema_mode(TomlReader& reader) {
    PINFLOW_ASSIGN(const std::string mode, reader.text_or("schema", "fixed"));
    if (mode == "fixed") return SchemaMode::fixed;
    if (mode == "rescue") return SchemaMode::rescue;
    if (mode == "add") return SchemaMode::add;
    return reader.refuse(reader.node("schema"), "schema must be \"fixed\", \"rescue\" or \"add\"");
}

Result<std::map<std::string, std::string>> read_properties(TomlReader& reader) {
    std::map<std::string, std::string> properties;
    PINFLOW_ASSIGN(const toml::table* table, reader.table("properties"));
    if (!table) return properties;
    for (const auto& [key, node] : *table) {
        const auto value = node.value_exact<std::string>();
        if (!value) return reader.refuse(&node, fmt::format("property {} must be text in quotes", key.str()));
        const std::string name(key.str());
        if (const auto fits = delta::check_property(name, *value); !fits)
            return reader.refuse(&node, fits.error().message);
        properties[name] = *value;
    }
    return properties;
}

Result<std::string> read_sql(const TomlReader& reader, const toml::node* node, const std::filesystem::path& file) {
    auto sql = read_file(posix_disk(), file);
    if (!sql) return reader.refuse(node, fmt::format("{} cannot be read: {}", file.string(), sql.error().message));
    return sql;
}

Result<TableDeclaration> read_table(const std::string& kind, const toml::table& toml, const std::string& file,
                                    const Declaration& pipeline, const Settings& defaults) {
    const std::string where = fmt::format("[table.{}]", kind);
    TomlReader reader(toml, file, where);
    TableDeclaration table;
    table.kind = kind;
    PINFLOW_ASSIGN(table.description, reader.text_or("description", ""));
    PINFLOW_ASSIGN(const auto sources, reader.tables("sources"));
    if (sources.empty()) return reader.refuse(nullptr, where + " needs sources = [{ topic = \"…\", table = \"…\" }]");
    for (const toml::table* source : sources) {
        PINFLOW_ASSIGN(Source read, read_source(*source, file, "a source of " + where));
        table.sources.push_back(std::move(read));
    }
    PINFLOW_ASSIGN(table.input, read_input(reader));
    PINFLOW_ASSIGN(table.schema, read_schema_mode(reader));
    PINFLOW_ASSIGN(const std::string clean, reader.text("clean"));
    table.clean_file = pipeline.folder / clean;
    PINFLOW_ASSIGN(table.clean_sql, read_sql(reader, reader.node("clean"), table.clean_file));
    PINFLOW_ASSIGN(table.expectations, read_expectations(reader));
    PINFLOW_ASSIGN(table.quality, read_quality_rules(reader));
    PINFLOW_ASSIGN(table.key, reader.texts("key"));
    PINFLOW_ASSIGN(table.unique, reader.texts("unique"));
    PINFLOW_ASSIGN(table.partition_by, reader.texts("partition_by"));
    PINFLOW_ASSIGN(table.properties, read_properties(reader));
    PINFLOW_ASSIGN(const toml::table* settings, reader.table("settings"));
    PINFLOW_ASSIGN(table.settings, read_settings(settings, file, defaults));
    PINFLOW_TRY(reader.finish());
    std::string ruling = table.clean_sql;
    for (const auto& field : table.input) {
        ruling += fmt::format("\n{} {}", field.name, static_cast<int>(field.type));
        for (const auto& nothing : field.nothing) ruling += fmt::format(" {}", engine::quote_text(nothing));
    }
    for (const auto& expectation : table.expectations) {
        ruling +=
            fmt::format("\n{}\n{}\n{}", expectation.rule, expectation.check, static_cast<int>(expectation.severity));
    }
    if (table.schema != SchemaMode::fixed) ruling += "\nrescue";  // no value is of a wrong type then
    if (!table.unique.empty()) ruling += fmt::format("\nunique {}", fmt::join(table.unique, ","));
    table.rule_version = hash_of(ruling);
    return table;
}

// Kinds named by `{kind}` in the SQL.
Result<QueryDeclaration> read_query(const std::string& name, const toml::node& node, const TomlReader& reader,
                                    const Declaration& pipeline) {
    const auto file = node.value_exact<std::string>();
    if (!file) return reader.refuse(&node, fmt::format("query {} must be the name of an SQL file in quotes", name));
    QueryDeclaration query;
    query.name = name;
    query.file = pipeline.folder / *file;
    PINFLOW_ASSIGN(query.sql, read_sql(reader, &node, query.file));
    if (query.sql.starts_with("--")) {
        query.description = trim(std::string_view(query.sql).substr(2, query.sql.find('\n') - 2));
    }
    for (const TableDeclaration& table : pipeline.tables) {
        if (query.sql.find("{" + table.kind + "}") != std::string::npos) query.kinds.push_back(table.kind);
    }
    if (query.kinds.empty()) {
        std::vector<std::string> kinds;
        for (const auto& table : pipeline.tables) kinds.push_back("{" + table.kind + "}");
        return reader.refuse(&node,
                             fmt::format("query {} reads no table: name one as {}", name, fmt::join(kinds, " or ")));
    }
    return query;
}

Result<Declaration> read_all(const toml::table& toml, const std::filesystem::path& file) {
    TomlReader reader(toml, file.string(), "the declaration");
    Declaration pipeline;
    pipeline.folder = file.parent_path();
    PINFLOW_ASSIGN(pipeline.name, reader.text("name"));
    PINFLOW_ASSIGN(pipeline.description, reader.text_or("description", ""));
    PINFLOW_ASSIGN(const toml::table* settings, reader.table("settings"));
    PINFLOW_ASSIGN(const Settings defaults, read_settings(settings, file.string(), Settings()));
    PINFLOW_ASSIGN(const toml::table* tables, reader.table("table"));
    if (!tables || tables->empty()) return reader.refuse(nullptr, "a pipeline needs at least one [table.NAME]");
    for (const auto& [key, node] : *tables) {
        const std::string kind(key.str());
        if (!node.is_table())
            return reader.refuse(&node, fmt::format("table.{} must be a table: [table.{}]", kind, kind));
        PINFLOW_ASSIGN(TableDeclaration table, read_table(kind, *node.as_table(), file.string(), pipeline, defaults));
        pipeline.tables.push_back(std::move(table));
    }
    PINFLOW_ASSIGN(const toml::table* queries, reader.table("query"));
    if (queries) {
        for (const auto& [key, node] : *queries) {
            PINFLOW_ASSIGN(QueryDeclaration query, read_query(std::string(key.str()), node, reader, pipeline));
            pipeline.queries.push_back(std::move(query));
        }
    }
    PINFLOW_TRY(reader.finish());
    return pipeline;
}

}  // namespace

const TableDeclaration* Declaration::find(std::string_view kind) const {
    const auto found = std::ranges::find(tables, kind, &TableDeclaration::kind);
    return found == tables.end() ? nullptr : &*found;
}

Result<Declaration> parse_declaration(std::string_view toml, const std::filesystem::path& file) {
    toml::table table;
    try {
        table = toml::parse(toml, file.string());
    } catch (const toml::parse_error& error) {  // the library's way to say that text is not TOML
        return fail(Code::invalid, "{}:{}: {}", file.string(), error.source().begin.line, error.description());
    }
    return read_all(table, file);
}

Result<Declaration> read_declaration(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "pipeline.toml";
    PINFLOW_ASSIGN(const std::string text, read_file(posix_disk(), file));
    return parse_declaration(text, file);
}

}  // namespace pinflow::sink
