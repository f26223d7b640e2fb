#include "sink/new_columns.h"

#include <simdjson.h>

#include <set>

#include "base/json_writer.h"
#include "base/text.h"
#include "sink/inference.h"
#include "sink/inferred_field.h"
#include "sink/table_plan.h"

namespace pinflow::sink {
namespace {

using engine::FieldType;

constexpr size_t longest_name = 128;
constexpr size_t most_left_over = 20;
constexpr size_t rows_per_value = 100;  // a field in fewer than one of so many rows is no field yet

delta::Type::Kind kind_of(FieldType type) {
    using Kind = delta::Type::Kind;
    switch (type) {
        case FieldType::bigint:
            return Kind::long_;
        case FieldType::integer:
            return Kind::integer;
        case FieldType::double_:
            return Kind::double_;
        case FieldType::boolean:
            return Kind::boolean;
        case FieldType::timestamp:
            return Kind::timestamp;
        case FieldType::text:
        case FieldType::json:
            break;
    }
    return Kind::string;
}

// What takes every value that came. A string stays one, unless all are times: digits in quotes are a name.
FieldType type_of(const FieldFacts& facts) {
    const size_t values = facts.values();
    if (facts.of(Shape::nested).count() > 0) return FieldType::json;
    if (facts.of(Shape::boolean).bare == values) return FieldType::boolean;
    if (facts.of(Shape::whole).bare == values) return FieldType::bigint;
    if (facts.of(Shape::whole).bare + facts.of(Shape::fraction).bare == values) return FieldType::double_;
    if (facts.of(Shape::time).count() == values) return FieldType::timestamp;
    return FieldType::text;
}

// Scripts without capitals: their characters differ whoever compares them.
bool has_no_capitals(uint32_t character) {
    return (character >= 0x600 && character < 0x10A0) || (character >= 0x3040 && character < 0xA4D0) ||
           (character >= 0xAC00 && character < 0xD7B0);
}

// Of valid UTF-8.
uint32_t next_character(std::string_view text, size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    uint32_t character = first < 0xE0 ? first & 0x1F : first < 0xF0 ? first & 0x0F : first & 0x07;
    while (at < text.size() && (text[at] & 0xC0) == 0x80)
        character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
    return character;
}

struct Names {
    std::set<std::string> taken = {"input", "cleaned"};  // the cleaning's own words
    std::set<std::string_view> known_fields;

    Names(const TablePlan& plan, const delta::Schema& table) {
        for (const auto* columns : {&plan.columns, &table.columns})
            for (const delta::Column& column : *columns) taken.insert(comparable_name(column.name));
        for (const engine::Field& field : plan.declaration.input) known_fields.insert(field.name);
        for (const NewColumn& column : plan.new_columns) known_fields.insert(column.field);
    }
};

}  // namespace

delta::Column delta_column(const NewColumn& column) {
    JsonWriter metadata;
    metadata.begin_object().key("pinflow.field").string(column.field);
    metadata.key("pinflow.type").string(type_name(column.type)).end_object();
    return {.name = column.column, .type = {.kind = kind_of(column.type)}, .metadata_json = metadata.text()};
}

std::vector<NewColumn> remembered_columns(const delta::Schema& table, const TablePlan& declared) {
    std::vector<NewColumn> columns;
    if (!rescues(declared.declaration)) return columns;
    const Names names(declared, {});
    simdjson::dom::parser parser;
    for (const delta::Column& column : table.columns) {
        simdjson::dom::element metadata;
        std::string_view field;
        std::string_view type;
        if (parser.parse(column.metadata_json).get(metadata) || metadata["pinflow.field"].get(field) ||
            metadata["pinflow.type"].get(type)) {
            continue;
        }
        const auto known = engine::parse_field_type(type);
        const bool fits = known && kind_of(*known) == column.type.kind;
        if (!fits || names.known_fields.contains(field) || names.taken.contains(comparable_name(column.name))) continue;
        columns.push_back({std::string(field), column.name, *known});
    }
    return columns;
}

std::optional<std::string> column_name_for(std::string_view field) {
    std::string name;
    for (const char c : field) {
        const bool kept =
            (c & 0x80) != 0 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        name += kept ? c : '_';
    }
    name.erase(0, std::min(name.find_first_not_of('_'), name.size()));
    if (name.empty() || name.size() > longest_name || !is_valid_utf8(name)) return std::nullopt;
    return name;
}

std::string comparable_name(std::string_view name) {
    std::string comparable;
    for (size_t at = 0; at < name.size();) {
        const size_t start = at;
        const uint32_t character = next_character(name, at);
        if (character < 0x80)
            comparable += to_lower(name.substr(start, 1));
        else if (has_no_capitals(character))
            comparable += name.substr(start, at - start);
        else
            comparable += '?';
    }
    return comparable;
}

Proposal propose_columns(std::span<const std::string_view> rescued, size_t row_count, const TablePlan& plan,
                         const delta::Schema& table) {
    Inference inference;
    for (const std::string_view text : rescued) inference.add(text);
    Names names(plan, table);
    Proposal proposal;
    size_t columns = table.columns.size();
    const auto most_columns = static_cast<size_t>(plan.declaration.settings.max_columns);
    for (const FieldFacts& facts : inference.fields) {
        if (facts.values() == 0 || names.known_fields.contains(facts.name)) continue;
        const auto name = column_name_for(facts.name);
        const bool common = facts.rows * rows_per_value >= row_count;
        if (common && name && columns < most_columns && names.taken.insert(comparable_name(*name)).second) {
            proposal.columns.push_back({facts.name, *name, type_of(facts)});
            ++columns;
        } else if (proposal.left_over.size() < most_left_over) {
            proposal.left_over.push_back(facts.name);
        }
    }
    if (proposal.columns.size() > most_new_columns) {
        for (const NewColumn& column : proposal.columns)
            if (proposal.left_over.size() < most_left_over) proposal.left_over.push_back(column.field);
        proposal.columns.clear();
    }
    return proposal;
}

}  // namespace pinflow::sink
