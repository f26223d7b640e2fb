#include "delta/schema.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::delta {
namespace {

namespace dom = simdjson::dom;
using Kind = Type::Kind;

struct PrimitiveName {
    Kind kind;
    std::string_view name;
};
constexpr std::array<PrimitiveName, 12> primitive_names = {{
    {Kind::string, "string"},
    {Kind::long_, "long"},
    {Kind::integer, "integer"},
    {Kind::short_, "short"},
    {Kind::byte, "byte"},
    {Kind::float_, "float"},
    {Kind::double_, "double"},
    {Kind::boolean, "boolean"},
    {Kind::binary, "binary"},
    {Kind::date, "date"},
    {Kind::timestamp, "timestamp"},
    {Kind::timestamp_ntz, "timestamp_ntz"},
}};

Result<std::vector<Column>> parse_fields(dom::element structure);

std::string_view text_of(dom::element parent, std::string_view key) {
    std::string_view text;
    return parent[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool flag_of(dom::element parent, std::string_view key, bool otherwise) {
    bool value = otherwise;
    return parent[key].get(value) == simdjson::SUCCESS ? value : otherwise;
}

Result<Type> parse_primitive(std::string_view name) {
    for (const auto& [kind, known] : primitive_names) {
        if (known == name) return Type{.kind = kind};
    }
    if (name == "decimal") return Type{.kind = Kind::decimal};
    if (name.starts_with("decimal(") && name.ends_with(")")) {
        const auto parts = split(name.substr(8, name.size() - 9), ',');
        const auto precision = parse_int(trim(parts[0]));
        const auto scale = parts.size() == 2 ? parse_int(trim(parts[1])) : std::optional<int64_t>(0);
        if (precision && scale && *precision >= 1 && *precision <= 38 && *scale >= 0 && *scale <= *precision) {
            return Type{
                .kind = Kind::decimal, .precision = static_cast<int>(*precision), .scale = static_cast<int>(*scale)};
        }
    }
    return fail(Code::unsupported, "column type '{}' of the Delta schema is not known here", name);
}

Result<Type> parse_type(dom::element json) {
    std::string_view name;
    if (json.get(name) == simdjson::SUCCESS) return parse_primitive(name);
    const std::string_view kind = text_of(json, "type");
    Type type;
    dom::element part;
    if (kind == "struct") {
        type.kind = Kind::structure;
        PINFLOW_ASSIGN(type.fields, parse_fields(json));
        return type;
    }
    if (kind == "array" && json["elementType"].get(part) == simdjson::SUCCESS) {
        type.kind = Kind::array;
        type.contains_null = flag_of(json, "containsNull", true);
        PINFLOW_ASSIGN(Type element, parse_type(part));
        type.children.push_back(std::move(element));
        return type;
    }
    dom::element value;
    if (kind == "map" && json["keyType"].get(part) == simdjson::SUCCESS &&
        json["valueType"].get(value) == simdjson::SUCCESS) {
        type.kind = Kind::map;
        type.contains_null = flag_of(json, "valueContainsNull", true);
        PINFLOW_ASSIGN(Type key, parse_type(part));
        PINFLOW_ASSIGN(Type mapped, parse_type(value));
        type.children = {std::move(key), std::move(mapped)};
        return type;
    }
    return fail(Code::corrupt, "a column type of the Delta schema is neither a name nor a struct, array or map: {}",
                simdjson::minify(json));
}

Result<std::vector<Column>> parse_fields(dom::element structure) {
    dom::array fields;
    if (structure["fields"].get(fields) != simdjson::SUCCESS) {
        return fail(Code::corrupt, "a struct of the Delta schema has no fields: {}", simdjson::minify(structure));
    }
    std::vector<Column> columns;
    for (dom::element field : fields) {
        std::string_view name;
        dom::element type;
        if (field["name"].get(name) != simdjson::SUCCESS || field["type"].get(type) != simdjson::SUCCESS) {
            return fail(Code::corrupt, "a field of the Delta schema has no name or no type: {}",
                        simdjson::minify(field));
        }
        Column column{.name = std::string(name), .nullable = flag_of(field, "nullable", true)};
        auto parsed = parse_type(type);
        if (!parsed) return fail(std::move(parsed).error().within(fmt::format("column '{}'", name)));
        column.type = std::move(*parsed);
        dom::object metadata;
        if (field["metadata"].get(metadata) == simdjson::SUCCESS) {
            column.metadata_json = simdjson::minify(metadata);
            column.physical_name = text_of(field["metadata"].value_unsafe(), "delta.columnMapping.physicalName");
            int64_t id = 0;
            if (metadata["delta.columnMapping.id"].get(id) == simdjson::SUCCESS && id >= 0 && id <= INT32_MAX)
                column.field_id = static_cast<int32_t>(id);
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

void write_fields(JsonWriter& out, const std::vector<Column>& columns);

void write_type(JsonWriter& out, const Type& type) {
    switch (type.kind) {
        case Kind::structure:
            out.begin_object().key("type").string("struct").key("fields");
            write_fields(out, type.fields);
            out.end_object();
            return;
        case Kind::array:
            out.begin_object().key("type").string("array").key("elementType");
            write_type(out, type.children[0]);
            out.key("containsNull").boolean(type.contains_null).end_object();
            return;
        case Kind::map:
            out.begin_object().key("type").string("map").key("keyType");
            write_type(out, type.children[0]);
            out.key("valueType");
            write_type(out, type.children[1]);
            out.key("valueContainsNull").boolean(type.contains_null).end_object();
            return;
        case Kind::decimal:
            out.string(fmt::format("decimal({},{})", type.precision, type.scale));
            return;
        default:
            break;
    }
    const auto* found = std::ranges::find(primitive_names, type.kind, &PrimitiveName::kind);
    out.string(found->name);
}

void write_fields(JsonWriter& out, const std::vector<Column>& columns) {
    out.begin_array();
    for (const Column& column : columns) {
        out.begin_object().key("name").string(column.name).key("type");
        write_type(out, column.type);
        out.key("nullable").boolean(column.nullable).key("metadata").raw(column.metadata_json).end_object();
    }
    out.end_array();
}

Result<> check_names(const std::vector<Column>& columns) {
    std::set<std::string> seen;
    for (const Column& column : columns) {
        if (column.name.empty()) return fail(Code::invalid, "a column without a name");
        if (column.name.find_first_of(" ,;{}()\n\t=") != std::string::npos) {
            return fail(Code::invalid,
                        "column name '{}': Delta readers refuse blanks and , ; {{ }} ( ) = in names; rename it in the "
                        "SELECT",
                        column.name);
        }
        if (!seen.insert(to_lower(column.name)).second) {
            return fail(Code::invalid, "column name '{}' is there twice (Delta ignores upper and lower case)",
                        column.name);
        }
        PINFLOW_TRY(check_names(column.type.fields));
        for (const Type& child : column.type.children) PINFLOW_TRY(check_names(child.fields));
    }
    return {};
}

void rename_fields(std::vector<Column>& columns);

void rename_fields(Type& type) {
    rename_fields(type.fields);
    for (Type& child : type.children) rename_fields(child);
}

void rename_fields(std::vector<Column>& columns) {
    for (Column& column : columns) {
        if (!column.physical_name.empty()) column.name = column.physical_name;
        rename_fields(column.type);
    }
}

}  // namespace

bool Type::operator==(const Type& other) const {
    return kind == other.kind && (kind != Kind::decimal || (precision == other.precision && scale == other.scale)) &&
           contains_null == other.contains_null && children == other.children && fields == other.fields;
}

Result<Schema> Schema::parse(std::string_view schema_string) {
    dom::parser parser;
    dom::element root;
    const simdjson::padded_string padded(schema_string);
    if (const auto error = parser.parse(padded).get(root); error != simdjson::SUCCESS) {
        return fail(Code::corrupt, "the Delta schema is not JSON: {}", simdjson::error_message(error));
    }
    Schema schema;
    PINFLOW_ASSIGN(schema.columns, parse_fields(root));
    return schema;
}

std::string Schema::text() const {
    JsonWriter out;
    out.begin_object().key("type").string("struct").key("fields");
    write_fields(out, columns);
    out.end_object();
    return std::move(out).text();
}

const Column* Schema::find(std::string_view name) const {
    for (const Column& column : columns) {
        if (equals_ignoring_case(column.name, name)) return &column;
    }
    return nullptr;
}

Schema stored_schema(const Schema& schema) {
    Schema stored = schema;
    rename_fields(stored.columns);
    return stored;
}

Result<> check_schema(const Schema& schema) {
    if (schema.columns.empty()) return fail(Code::invalid, "a table needs at least one column");
    return check_names(schema.columns);
}

Result<> check_evolution(const Schema& old_schema, const Schema& new_schema) {
    PINFLOW_TRY(check_schema(new_schema));
    for (size_t i = 0; i < old_schema.columns.size(); ++i) {
        const Column& was = old_schema.columns[i];
        if (i >= new_schema.columns.size() || !equals_ignoring_case(new_schema.columns[i].name, was.name)) {
            return fail(Code::invalid, "column '{}' is missing or moved: columns can only be added at the end",
                        was.name);
        }
        if (!(new_schema.columns[i].type == was.type)) {
            return fail(Code::invalid, "column '{}' changes its type from {} to {}: use a new column or a new table",
                        was.name, duckdb_type(was.type), duckdb_type(new_schema.columns[i].type));
        }
    }
    for (size_t i = old_schema.columns.size(); i < new_schema.columns.size(); ++i) {
        if (!new_schema.columns[i].nullable) {
            return fail(Code::invalid, "new column '{}' must be nullable: the rows that are there have none",
                        new_schema.columns[i].name);
        }
    }
    return {};
}

}  // namespace pinflow::delta
