#include "sink/declared_expectations.h"

#include <cmath>

#include "engine/connection.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

constexpr size_t most_named = 12;  // values that a message names

Result<Severity> read_severity(TomlReader& reader) {
    PINFLOW_ASSIGN(const std::string severity, reader.text_or("severity", "quarantine"));
    const auto known = std::ranges::find(severity_names, severity);
    if (known != severity_names.end()) return static_cast<Severity>(known - severity_names.begin());
    return reader.refuse(reader.node("severity"), "severity must be quarantine, warn or stop");
}

Result<Expectation> read_expectation(const toml::table& table, const TomlReader& of) {
    const std::string where = "[[" + of.where().substr(1, of.where().size() - 2) + ".expect]]";
    TomlReader reader(table, of.file(), where);
    Expectation expectation;
    PINFLOW_ASSIGN(expectation.rule, reader.text("rule"));
    PINFLOW_ASSIGN(expectation.check, reader.text("check"));
    PINFLOW_ASSIGN(expectation.message, reader.text_or("message", expectation.check + " is false"));
    PINFLOW_ASSIGN(expectation.severity, read_severity(reader));
    PINFLOW_TRY(reader.finish());
    expectation.place = fmt::format("{} rule {}", where, expectation.rule);
    return expectation;
}

// A text or number as SQL; nothing for anything else.
std::optional<std::string> literal_of(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return quote_text(*text);
    if (const auto whole = node.value_exact<int64_t>()) return std::to_string(*whole);
    const auto number = node.value_exact<double>();
    if (number && std::isfinite(*number)) return fmt::format("{}", *number);
    return std::nullopt;
}

// Braces mean something in a message.
bool can_be_shown(std::string_view text) {
    return text.find_first_of("{}") == std::string_view::npos;
}

// The checks of one column.
class ColumnReader {
  public:
    ColumnReader(const toml::table& table, const std::string& column, const TomlReader& of)
        : where_("[" + of.where().substr(1, of.where().size() - 2) + ".columns]"),
          reader_(table, of.file(), fmt::format("{} {}", where_, column)),
          column_(column),
          name_(quote_name(column)) {}

    Result<std::vector<Expectation>> read() {
        PINFLOW_ASSIGN(severity_, read_severity(reader_));
        PINFLOW_ASSIGN(const bool not_null, reader_.flag_or("not_null", false));
        if (not_null) add("not_null", name_ + " IS NOT NULL", "is null", false);
        PINFLOW_TRY(read_bound("min", ">=", "is below"));
        PINFLOW_TRY(read_bound("max", "<=", "is above"));
        PINFLOW_ASSIGN(const std::string pattern, reader_.text_or("pattern", ""));
        if (!pattern.empty()) {
            add("pattern", fmt::format("regexp_full_match(CAST({} AS VARCHAR), {})", name_, quote_text(pattern)),
                can_be_shown(pattern) ? "does not match " + pattern : "does not match its pattern");
        }
        PINFLOW_TRY(read_values());
        PINFLOW_TRY(reader_.finish());
        if (checks_.empty())
            return reader_.refuse(nullptr, reader_.where() + " needs a check: not_null, min, max, pattern or one_of");
        return std::move(checks_);
    }

  private:
    void add(const std::string& rule, std::string check, const std::string& wrong, bool with_value = true,
             std::vector<std::string> literals = {}) {
        std::string subject = column_;
        if (with_value) subject += fmt::format(" {{{}}}", name_);
        checks_.push_back({.rule = column_ + "." + rule,
                           .check = std::move(check),
                           .message = subject + " " + wrong,
                           .severity = severity_,
                           .place = fmt::format("{} {}.{}", where_, column_, rule),
                           .column = column_,
                           .literals = std::move(literals)});
    }
    Result<> read_bound(const std::string& key, std::string_view comparison, const std::string& wrong) {
        const toml::node* const node = reader_.node(key);
        if (!node) return {};
        const auto bound = literal_of(*node);
        if (!bound) return reader_.refuse(node, key + " must be a number or a text");
        add(key, fmt::format("{} {} {}", name_, comparison, *bound),
            can_be_shown(*bound) ? wrong + " " + *bound : wrong + " what it may be", true, {*bound});
        return {};
    }
    Result<> read_values() {
        const toml::node* const node = reader_.node("one_of");
        if (!node) return {};
        const toml::array* const values = node->as_array();
        if (!values || values->empty()) return reader_.refuse(node, "one_of must be an array of texts or numbers");
        std::vector<std::string> literals;
        for (const toml::node& value : *values) {
            auto literal = literal_of(value);
            if (!literal) return reader_.refuse(&value, "one_of must be an array of texts or numbers");
            literals.push_back(std::move(*literal));
        }
        const std::string list = fmt::format("{}", fmt::join(literals, ", "));
        const bool shown = literals.size() <= most_named && can_be_shown(list);
        add("one_of", fmt::format("{} IN ({})", name_, list),
            shown ? "is none of " + list : "is none of what it may be", true, std::move(literals));
        return {};
    }

    std::string where_;
    TomlReader reader_;
    std::string column_;
    std::string name_;
    Severity severity_ = Severity::quarantine;
    std::vector<Expectation> checks_;
};

Result<std::vector<Expectation>> read_column(const std::string& column, const toml::node& node, const TomlReader& of) {
    if (node.is_table()) return ColumnReader(*node.as_table(), column, of).read();
    return of.refuse(&node, fmt::format("column {0} needs its checks: {0} = {{ not_null = true }}", column));
}

}  // namespace

Result<std::vector<Expectation>> read_expectations(TomlReader& table) {
    std::vector<Expectation> all;
    PINFLOW_ASSIGN(const toml::table* columns, table.table("columns"));
    if (columns) {
        for (const auto& [key, node] : *columns) {
            PINFLOW_ASSIGN(auto checks, read_column(std::string(key.str()), node, table));
            std::ranges::move(checks, std::back_inserter(all));
        }
    }
    PINFLOW_ASSIGN(const auto expectations, table.tables("expect"));
    for (const toml::table* expectation : expectations) {
        PINFLOW_ASSIGN(Expectation read, read_expectation(*expectation, table));
        all.push_back(std::move(read));
    }
    return all;
}

}  // namespace pinflow::sink
