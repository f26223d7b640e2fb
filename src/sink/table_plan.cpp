#include "sink/table_plan.h"

#include "base/text.h"
#include "base/toml_reader.h"
#include "sink/quality.h"
#include "sink/row_origin.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

std::string_view sql_type(engine::FieldType type) {
    switch (type) {
        case engine::FieldType::bigint:
            return "BIGINT";
        case engine::FieldType::integer:
            return "INTEGER";
        case engine::FieldType::double_:
            return "DOUBLE";
        case engine::FieldType::boolean:
            return "BOOLEAN";
        case engine::FieldType::timestamp:
            return "TIMESTAMPTZ";
        case engine::FieldType::text:
        case engine::FieldType::json:
            break;
    }
    return "VARCHAR";
}

// What the batch will look like, without a batch.
std::string empty_input(const TableDeclaration& table) {
    std::string sql = "CREATE OR REPLACE TEMP VIEW input AS SELECT ";
    for (const auto& field : table.input)
        sql += fmt::format("NULL::{} AS {}, ", sql_type(field.type), quote_name(field.name));
    return sql +
           "NULL::VARCHAR AS _topic, NULL::INTEGER AS _partition, NULL::BIGINT AS _offset, NULL::INTEGER AS _index, "
           "NULL::TIMESTAMPTZ AS _time, NULL::UINTEGER AS _record, NULL::VARCHAR AS _rescued";
}

// Where the last `FROM input` begins, if the text ends with it.
std::optional<size_t> from_input(std::string_view sql) {
    const std::string lower = to_lower(sql);
    std::string_view rest = lower;
    if (!rest.ends_with("input")) return std::nullopt;
    rest.remove_suffix(5);
    const std::string_view before = trim(rest);
    if (before.size() == rest.size() || !before.ends_with("from")) return std::nullopt;
    return static_cast<size_t>(before.data() - lower.data()) + before.size() - 4;
}

std::string_view trim_statement(std::string_view sql) {
    sql = trim(sql);
    while (sql.ends_with(';')) sql = trim(sql.substr(0, sql.size() - 1));
    return sql;
}

// The input fields that expectations look at, as one struct named input.
std::string input_struct(const TableDeclaration& table) {
    std::string mentioned;
    for (const Expectation& e : table.expectations) mentioned += to_lower(e.check) + "\n" + to_lower(e.message) + "\n";
    if (mentioned.find("input.") == std::string::npos) return "";
    std::string fields;
    for (const auto& field : table.input) {
        if (mentioned.find(to_lower(field.name)) == std::string::npos) continue;
        fields +=
            fmt::format("{}{}: input.{}", fields.empty() ? "" : ", ", quote_text(field.name), quote_name(field.name));
    }
    return fields.empty() ? "" : fmt::format(", {{{}}} AS input", fields);
}

// The cleaning's SELECT up to its FROM input.
Result<std::string> selection_of(const TableDeclaration& table) {
    const std::string_view sql = trim_statement(table.clean_sql);
    const auto from = from_input(sql);
    if (!from) {
        return fail(Code::invalid,
                    "{}: cleaning is one SELECT … that ends with FROM input and gives one row for each "
                    "input row; what must not be stored is named by an expectation, not by WHERE",
                    table.clean_file.string());
    }
    return std::string(sql.substr(0, *from));
}

std::string name_in_input(size_t new_column) {
    return fmt::format("_undeclared_{}", new_column);
}

// The cleaning's own SELECT with the row's identity behind its columns, on the line where FROM stands: line numbers in
// DuckDB's messages stay those of the file. Fields that the declaration does not name come through under names that its
// SQL cannot mean.
std::string with_identity(const TablePlan& plan) {
    std::string rescued = rescues(plan.declaration) ? ", input._rescued AS _rescued" : "";
    for (size_t i = 0; i < plan.new_columns.size(); ++i) rescued += fmt::format(", input.{0} AS {0}", name_in_input(i));
    return fmt::format(
        "{}, input._topic AS _topic, input._partition AS _partition, input._offset AS _offset, "
        "input._index AS _index, input._time AS _time, input._record AS _record{}{} FROM input",
        plan.selection, rescued, input_struct(plan.declaration));
}

// "age {age} is" -> 'age ' || coalesce(CAST(age AS VARCHAR), 'null') || ' is'
std::string message_sql(std::string_view message) {
    std::string sql = "''";
    while (!message.empty()) {
        const size_t open = message.find('{');
        const size_t close = open == std::string_view::npos ? open : message.find('}', open);
        if (close == std::string_view::npos) return sql + " || " + quote_text(message);
        sql += fmt::format(" || {} || coalesce(CAST({} AS VARCHAR), 'null')", quote_text(message.substr(0, open)),
                           message.substr(open + 1, close - open - 1));
        message.remove_prefix(close + 1);
    }
    return sql;
}

void write_schema(TablePlan& plan) {
    plan.clean_schema.columns = plan.columns;
    std::ranges::copy(origin_columns(), std::back_inserter(plan.clean_schema.columns));
}

Result<> read_columns(TablePlan& plan, engine::Connection& connection, const std::string& evaluate) {
    const std::string file = plan.declaration.clean_file.string();
    auto rows = connection.query(fmt::format("{} LIMIT 0", evaluate));
    if (!rows) return fail(Code::invalid, "{}: {}", file, rows.error().message);
    for (const engine::Column& column : rows->columns()) {
        if (column.name.starts_with('_') || column.name == "input") continue;
        auto type = delta::type_from_duckdb(column.type);
        if (!type) return fail(Code::invalid, "{}: column {}: {}", file, column.name, type.error().message);
        plan.columns.push_back({.name = column.name, .type = std::move(*type)});
    }
    if (rescues(plan.declaration)) plan.columns.push_back({.name = rescued_column, .type = {}});
    write_schema(plan);
    if (auto checked = delta::check_schema(plan.clean_schema); !checked) {
        return fail(Code::invalid, "{}: {}", file, checked.error().message);
    }
    return {};
}

Result<> check_names(const TablePlan& plan, const std::vector<std::string>& names, std::string_view setting) {
    std::vector<std::string> columns;
    for (const auto& column : plan.columns)
        if (column.name != rescued_column) columns.push_back(column.name);
    for (const std::string& name : names) {
        if (std::ranges::find(columns, name) != columns.end()) continue;
        return fail(Code::invalid, "[table.{}] {} names {}, but the columns are {}", plan.declaration.kind, setting,
                    name, fmt::join(columns, ", "));
    }
    if (setting != "partition_by") return {};
    using Kind = delta::Type::Kind;
    for (const std::string& name : names) {
        const auto& type = std::ranges::find(plan.columns, name, &delta::Column::name)->type;
        if (type.kind != Kind::array && type.kind != Kind::structure && type.kind != Kind::map &&
            type.kind != Kind::binary)
            continue;
        return fail(Code::invalid,
                    "[table.{}] partition_by names {}, which is {}: what becomes a folder's name must be a number, "
                    "text, a date or a time",
                    plan.declaration.kind, name, delta::duckdb_type(type));
    }
    if (names.size() >= columns.size()) {
        return fail(Code::invalid, "[table.{}] partition_by must leave a column for the files", plan.declaration.kind);
    }
    return {};
}

Result<> check_literals(const TablePlan& plan, const Expectation& expectation, engine::Connection& connection) {
    const delta::Column* const column = plan.clean_schema.find(expectation.column);
    for (const std::string& literal : column ? expectation.literals : std::vector<std::string>()) {
        const auto cast = connection.query(fmt::format("SELECT CAST({} AS {})", literal, duckdb_type(column->type)));
        if (!cast) return fail(Code::invalid, "{}: {}", expectation.place, cast.error().message);
    }
    return {};
}

Result<> check_expectations(const TablePlan& plan, engine::Connection& connection, const std::string& evaluate) {
    for (const Expectation& expectation : plan.declaration.expectations) {
        auto rows = connection.query(fmt::format("SELECT ({}\n), ({}) FROM ({}) AS cleaned LIMIT 0", expectation.check,
                                                 message_sql(expectation.message), evaluate));
        if (!rows) return fail(Code::invalid, "{}: {}", expectation.place, rows.error().message);
        PINFLOW_TRY(check_literals(plan, expectation, connection));
        if (rows->columns()[0].type != "BOOLEAN") {
            return fail(Code::invalid, "{}: the check is {}, not true or false", expectation.place,
                        rows->columns()[0].type);
        }
    }
    return {};
}

void write_expectations(TablePlan& plan, const std::string& evaluate) {
    std::string rule;
    std::string message;
    std::string warnings;
    std::string passes;
    size_t number = 0;
    for (const Expectation& expectation : plan.declaration.expectations) {
        if (expectation.severity == Severity::warn) {
            warnings += fmt::format("{}count(*) FILTER (NOT ({}\n))", warnings.empty() ? "" : ", ", expectation.check);
        } else {
            rule += fmt::format(" WHEN NOT ({}\n) THEN {}", expectation.check, number);
            message += fmt::format(" WHEN NOT ({}\n) THEN {}", expectation.check, message_sql(expectation.message));
            // A CASE goes on to the rest of an OR only for rows that need it; IS NOT FALSE alone computes all of it.
            passes += fmt::format("{0}CASE WHEN ({1}\n) THEN true ELSE ({1}\n) IS NOT FALSE END",
                                  passes.empty() ? "" : " AND ", expectation.check);
        }
        ++number;
    }
    if (!rule.empty()) {
        plan.failures_sql = fmt::format(
            "SELECT * FROM (SELECT _record, CASE{} END AS _rule, CASE{} END AS _message FROM ({}) "
            "AS cleaned) WHERE _rule IS NOT NULL",
            rule, message, evaluate);
        plan.clean_passing_sql = plan.clean_sql + " WHERE " + passes;
    }
    if (!warnings.empty()) plan.warnings_sql = fmt::format("SELECT {} FROM ({}) AS cleaned", warnings, evaluate);
}

// As the files have them; each with a comma behind it.
std::string stored_columns(const TablePlan& plan) {
    const size_t declared = plan.columns.size() - plan.new_columns.size();
    std::string columns;
    for (size_t i = 0; i < plan.columns.size(); ++i) {
        if (i >= declared) columns += name_in_input(i - declared) + " AS ";
        columns += quote_name(plan.columns[i].name) + ", ";
    }
    return columns;
}

void write_statements(TablePlan& plan) {
    const std::string evaluate = with_identity(plan);
    const std::string columns = stored_columns(plan);
    plan.clean_sql =
        fmt::format("SELECT {}{} FROM ({}) AS cleaned", columns, origin_sql(plan.declaration.rule_version), evaluate);
    plan.clean_remaining_sql = plan.clean_sql + " WHERE _record NOT IN (SELECT record FROM excluded)";
    write_expectations(plan, evaluate);
    if (plan.forget.empty()) return;
    for (std::string* sql : {&plan.clean_sql, &plan.clean_passing_sql, &plan.clean_remaining_sql}) {
        if (!sql->empty()) *sql = fmt::format("SELECT * FROM ({}) WHERE ({}\n) IS NOT TRUE", *sql, plan.forget);
    }
}

}  // namespace

Result<TablePlan> plan_table(const Declaration& pipeline, const TableDeclaration& table, engine::Database& database) {
    TablePlan plan{.pipeline = pipeline.name, .declaration = table};
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    PINFLOW_TRY(connection.execute(empty_input(table)));
    PINFLOW_ASSIGN(plan.selection, selection_of(table));
    const std::string evaluate = with_identity(plan);
    PINFLOW_TRY(read_columns(plan, connection, evaluate));
    const std::string toml = (pipeline.folder / "pipeline.toml").string();
    const auto in_file = [&](Result<> result) -> Result<> {
        if (!result) return fail(std::move(result.error()).within(toml));
        return {};
    };
    PINFLOW_TRY(in_file(check_names(plan, table.key, "key")));
    PINFLOW_TRY(in_file(check_names(plan, table.unique, "unique")));
    PINFLOW_TRY(in_file(check_unique(plan)));
    PINFLOW_TRY(in_file(check_names(plan, table.partition_by, "partition_by")));
    PINFLOW_TRY(in_file(check_quality_rules(plan)));
    PINFLOW_TRY(in_file(check_expectations(plan, connection, evaluate)));
    write_statements(plan);
    return plan;
}

TablePlan with_new_columns(const TablePlan& declared, std::vector<NewColumn> columns) {
    TablePlan plan = declared;
    plan.new_columns = std::move(columns);
    for (const NewColumn& column : plan.new_columns) plan.columns.push_back(delta_column(column));
    write_schema(plan);
    write_statements(plan);
    return plan;
}

TablePlan without_rows(const TablePlan& plan, std::string condition) {
    TablePlan without = plan;
    without.forget = std::move(condition);
    write_statements(without);
    return without;
}

std::string judging_sql(const TablePlan& plan, const std::string& condition) {
    return fmt::format("SELECT DISTINCT _record FROM (SELECT {}{}, _record FROM ({}) AS cleaned) WHERE ({}\n) IS TRUE",
                       stored_columns(plan), origin_sql(plan.declaration.rule_version), with_identity(plan), condition);
}

std::vector<engine::Field> input_fields(const TablePlan& plan) {
    std::vector<engine::Field> fields = plan.declaration.input;
    for (size_t i = 0; i < plan.new_columns.size(); ++i)
        fields.push_back({plan.new_columns[i].field, plan.new_columns[i].type, {}, name_in_input(i)});
    return fields;
}

}  // namespace pinflow::sink
