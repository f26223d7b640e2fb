#include "sink/kept_rules.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "engine/database.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;

constexpr const char* rules_folder = "_pinflow_rules";

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
    json.begin_array();
    for (const std::string& text : texts) json.string(text);
    json.end_array();
}

void write_input(JsonWriter& json, const std::vector<engine::Field>& fields) {
    json.begin_array();
    for (const engine::Field& field : fields) {
        json.begin_object().key("name").string(field.name).key("type").string(type_name(field.type));
        if (!field.nothing.empty()) write_texts(json.key("null"), field.nothing);
        json.end_object();
    }
    json.end_array();
}

void write_expectations(JsonWriter& json, const std::vector<Expectation>& expectations) {
    json.begin_array();
    for (const Expectation& each : expectations) {
        json.begin_object().key("rule").string(each.rule).key("check").string(each.check);
        json.key("severity").string(severity_names[static_cast<size_t>(each.severity)]).end_object();
    }
    json.end_array();
}

// All that the version is a hash of.
std::string text_of(const std::string& pipeline, const TableDeclaration& rules, int64_t now_ms) {
    JsonWriter json;
    json.begin_object().key("version").string(rules.rule_version).key("pipeline").string(pipeline);
    json.key("kind").string(rules.kind).key("since").string(iso_time_ms(now_ms)).key("sql").string(rules.clean_sql);
    write_input(json.key("input"), rules.input);
    write_expectations(json.key("expectations"), rules.expectations);
    json.key("undeclared").string(rules.schema == SchemaMode::fixed ? "fixed" : "rescue");
    write_texts(json.key("unique"), rules.unique);
    return std::move(json.end_object()).text() + "\n";
}

}  // namespace

Result<> keep_rules(const delta::Environment& environment, delta::TableFiles& files, const std::string& pipeline,
                    const TableDeclaration& rules) {
    const fs::path path = files.folder() / rules_folder / (rules.rule_version + ".json");
    PINFLOW_ASSIGN(const auto there, files.are_there({path}));
    if (there.front()) return {};
    PINFLOW_TRY(environment.disk.make_directories(path.parent_path()));
    PINFLOW_TRY(replace_file(environment.disk, path, text_of(pipeline, rules, environment.clock.wall_ms())));
    return files.publish(path);
}

Result<KeptRules> kept_rules(delta::TableFiles& files) {
    PINFLOW_ASSIGN(const auto paths, files.list_hidden(rules_folder));
    std::vector<delta::TableFiles::DataFile> found;
    std::string list;
    for (const fs::path& path : paths) {
        if (path.extension() != ".json") continue;  // half written
        found.push_back({path, std::nullopt});
        list += (list.empty() ? "" : ", ") + engine::quote_text(path.string());
    }
    if (found.empty()) {
        return KeptRules{.sql =
                             "SELECT NULL::VARCHAR AS version, NULL::VARCHAR AS pipeline, NULL::VARCHAR AS kind, "
                             "NULL::TIMESTAMPTZ AS since, NULL::VARCHAR AS sql, NULL::VARCHAR AS input, "
                             "NULL::VARCHAR AS expectations, NULL::VARCHAR AS undeclared, NULL::VARCHAR AS "
                             "\"unique\" WHERE false",
                         .held = {}};
    }
    KeptRules rules;
    PINFLOW_ASSIGN(rules.held, files.hold(found));
    rules.sql = fmt::format(
        "SELECT * REPLACE (CAST(since AS TIMESTAMPTZ) AS since) FROM read_json([{}], format = 'newline_delimited', "
        "columns = {{version: 'VARCHAR', pipeline: 'VARCHAR', kind: 'VARCHAR', since: 'VARCHAR', sql: 'VARCHAR', "
        "input: 'VARCHAR', expectations: 'VARCHAR', undeclared: 'VARCHAR', \"unique\": 'VARCHAR'}})",
        list);
    return rules;
}

}  // namespace pinflow::sink
