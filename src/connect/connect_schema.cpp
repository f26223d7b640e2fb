#include "connect/connect_schema.h"

#include <unordered_map>

#include "base/text.h"

namespace pinflow::connect {
namespace {

constexpr size_t deepest = 64;

std::optional<SchemaType> type_of(std::string_view name) {
    using enum SchemaType;
    static const std::unordered_map<std::string_view, SchemaType> types = {
        {"int8", int8},     {"int16", int16},    {"int32", int32},     {"int64", int64},
        {"float", float32}, {"double", float64}, {"boolean", boolean}, {"string", string},
        {"bytes", bytes},   {"array", array},    {"map", map},         {"struct", structure}};
    const auto known = types.find(name);
    return known == types.end() ? std::nullopt : std::optional(known->second);
}

Accepted<ConnectSchema> read(const Json* schema, size_t depth);

Accepted<std::shared_ptr<const ConnectSchema>> read_inner(const Json& schema, std::string_view member, size_t depth) {
    auto inner = read(schema.find(member), depth + 1);
    if (!inner) return std::unexpected(std::move(inner).error());
    return std::make_shared<const ConnectSchema>(std::move(*inner));
}

Accepted<> read_fields(ConnectSchema& into, const Json& schema, size_t depth) {
    const Json* fields = schema.find("fields");
    if (fields == nullptr || fields->list() == nullptr)
        return refuse(exception::data, "Struct schema's \"fields\" argument is not an array.");
    for (const Json& each : *fields->list()) {
        const Json* name = each.find("field");
        if (name == nullptr || name->text() == nullptr)
            return refuse(exception::data, "Struct schema's field name not specified properly");
        auto field = read(&each, depth + 1);
        if (!field) return std::unexpected(std::move(field).error());
        into.fields.push_back({*name->text(), std::move(*field)});
    }
    return {};
}

void read_details(ConnectSchema& into, const Json& schema) {
    if (const Json* optional = schema.find("optional"); optional != nullptr && optional->boolean() != nullptr)
        into.is_optional = *optional->boolean();
    into.name = schema.text_or("name");
    if (const Json* version = schema.find("version"); version != nullptr && version->number() != nullptr)
        into.version = parse_int(*version->number());
    if (const Json* value = schema.find("default"); value != nullptr && !value->is_null()) into.default_value = *value;
    if (const Json* parameters = schema.find("parameters"); parameters != nullptr)
        into.scale = static_cast<int>(parse_int(parameters->text_or("scale", "0")).value_or(0));
}

Accepted<ConnectSchema> read(const Json* schema, size_t depth) {
    if (depth > deepest) return refuse(exception::data, "a schema nested deeper than {}", deepest);
    if (schema == nullptr || schema->object() == nullptr) return refuse(exception::data, "Schema must be an object");
    const Json* type = schema->find("type");
    if (type == nullptr || type->text() == nullptr) return refuse(exception::data, "Schema must contain 'type' field");
    const auto known = type_of(*type->text());
    if (!known) return refuse(exception::data, "Unknown schema type: {}", *type->text());
    ConnectSchema result{.type = *known};
    read_details(result, *schema);
    if (*known == SchemaType::structure) {
        if (auto fields = read_fields(result, *schema, depth); !fields) return std::unexpected(fields.error());
    }
    if (*known == SchemaType::array || *known == SchemaType::map) {
        auto inner = read_inner(*schema, *known == SchemaType::array ? "items" : "values", depth);
        if (!inner) return std::unexpected(std::move(inner).error());
        result.value = std::move(*inner);
    }
    if (*known == SchemaType::map) {
        auto inner = read_inner(*schema, "keys", depth);
        if (!inner) return std::unexpected(std::move(inner).error());
        result.key = std::move(*inner);
    }
    return result;
}

}  // namespace

const ConnectSchema::Field* ConnectSchema::find(std::string_view field) const {
    const auto found = std::ranges::find(fields, field, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

Accepted<ConnectSchema> read_schema(const Json& schema) {
    return read(&schema, 0);
}

}  // namespace pinflow::connect
