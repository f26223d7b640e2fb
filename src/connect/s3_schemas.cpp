#include "connect/s3_schemas.h"

#include "base/json_text.h"

namespace pinflow::connect {
namespace {

constexpr std::array<std::string_view, 4> compatibility_names = {"NONE", "BACKWARD", "FORWARD", "FULL"};

}  // namespace

bool S3Schemas::is_newer(const ConnectSchema& given, const ConnectSchema& open) const {
    return rule_ == Compatibility::forward ? *given.version < *open.version : *given.version > *open.version;
}

Accepted<S3Schemas::Fit> S3Schemas::fit(std::string_view encoded_partition, const Value& value) {
    if (rule_ == Compatibility::none || value.kind == Value::Kind::null) return Fit{false, value};
    const auto known = open_.find(std::string(encoded_partition));
    if (known == open_.end() || known->second == value.schema) return Fit{false, value};
    if (known->second == nullptr || value.schema == nullptr)
        return refuse(exception::projection, "Switch between schema-based and schema-less data is not supported");
    if (!known->second->version || !value.schema->version)
        return refuse(exception::projection, "Schema version required for {} compatibility",
                      compatibility_names[static_cast<size_t>(rule_)]);
    if (is_newer(*value.schema, *known->second)) return Fit{true, value};
    const auto tree = parse_json_tree(value.contents, {.depth = JsonReader::max_depth, .values = SIZE_MAX});
    projected_.clear();
    // What does not fit has an object of its own, after those that are open.
    if (!tree || !write_by_schema(projected_, *known->second, *tree)) return Fit{true, value};
    return Fit{false, Value{Value::Kind::json, projected_, known->second}};
}

void S3Schemas::start(std::string_view encoded_partition, const ConnectSchema* schema) {
    if (rule_ != Compatibility::none) open_[std::string(encoded_partition)] = schema;
}

}  // namespace pinflow::connect
