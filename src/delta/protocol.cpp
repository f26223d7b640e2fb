#include "delta/protocol.h"

#include "delta/properties.h"

namespace pinflow::delta {
namespace {

constexpr std::array<std::string_view, 7> known_reader_features = {
    "columnMapping", "deletionVectors",      "timestampNtz",       "typeWidening",
    "v2Checkpoint",  "typeWidening-preview", "vacuumProtocolCheck"};
// Those of the old writer versions 2 to 6 only mean something where the table uses them, which is checked by itself.
constexpr std::array<std::string_view, 10> known_writer_features = {
    "appendOnly",    "invariants",      "checkConstraints", "changeDataFeed",      "generatedColumns",
    "columnMapping", "identityColumns", "timestampNtz",     "vacuumProtocolCheck", "allowColumnDefaults"};

std::string property(const Metadata& metadata, const std::string& name) {
    const auto found = metadata.configuration.find(name);
    return found == metadata.configuration.end() ? "" : found->second;
}

// "name", "id", or empty where columns have one name only.
std::string column_mapping_mode(const Metadata& metadata) {
    const std::string mode = property(metadata, "delta.columnMapping.mode");
    return mode == "none" ? "" : mode;
}

Result<> refuse(std::string_view deed, const Metadata& metadata, const std::vector<std::string>& reasons) {
    if (reasons.empty()) return {};
    return fail(Code::unsupported, "table '{}' cannot be {} by this version: it uses {}",
                metadata.name.empty() ? metadata.id : metadata.name, deed, fmt::join(reasons, ", "));
}

void find_column_rules(const std::vector<Column>& columns, std::vector<std::string>& reasons) {
    for (const Column& column : columns) {
        const std::string_view metadata = column.metadata_json;
        if (metadata.find("\"delta.invariants\"") != std::string_view::npos)
            reasons.push_back(fmt::format("an invariant on column '{}'", column.name));
        if (metadata.find("\"delta.generationExpression\"") != std::string_view::npos)
            reasons.push_back(fmt::format("generated column '{}'", column.name));
        if (metadata.find("\"delta.identity.") != std::string_view::npos)
            reasons.push_back(fmt::format("identity column '{}'", column.name));
        if (metadata.find("\"CURRENT_DEFAULT\"") != std::string_view::npos)
            reasons.push_back(fmt::format("a default for column '{}'", column.name));
        find_column_rules(column.type.fields, reasons);
        for (const Type& child : column.type.children) find_column_rules(child.fields, reasons);
    }
}

int64_t retention_ms(const Metadata& metadata, const std::string& name, int64_t otherwise) {
    const std::string text = property(metadata, name);
    return text.empty() ? otherwise : parse_interval_ms(text).value_or(forever_ms);
}

}  // namespace

bool maps_columns(const Protocol& protocol, const Metadata& metadata) {
    const bool possible = protocol.min_reader_version == 2 ||
                          (protocol.min_reader_version == 3 &&
                           std::ranges::count(protocol.reader_features, std::string("columnMapping")) > 0);
    return possible && !column_mapping_mode(metadata).empty();
}

bool maps_columns_by_id(const Metadata& metadata) {
    return column_mapping_mode(metadata) == "id";
}

Result<> check_readable(const Protocol& protocol, const Metadata& metadata) {
    std::vector<std::string> reasons;
    if (protocol.min_reader_version > 3)
        reasons.push_back(fmt::format("reader version {}", protocol.min_reader_version));
    if (protocol.min_reader_version == 3) {
        for (const std::string& feature : protocol.reader_features) {
            if (std::ranges::count(known_reader_features, feature) == 0)
                reasons.push_back(fmt::format("reader feature '{}'", feature));
        }
    }
    const std::string mode = column_mapping_mode(metadata);
    if (maps_columns(protocol, metadata) && mode != "name" && mode != "id")
        reasons.push_back(fmt::format("column mapping by '{}'", mode));
    return refuse("read", metadata, reasons);
}

Result<> check_writable(const Protocol& protocol, const Metadata& metadata) {
    PINFLOW_TRY(check_readable(protocol, metadata));
    std::vector<std::string> reasons;
    if (protocol.min_writer_version > 7)
        reasons.push_back(fmt::format("writer version {}", protocol.min_writer_version));
    if (protocol.min_writer_version == 7) {
        for (const std::string& feature : protocol.writer_features) {
            if (std::ranges::count(known_writer_features, feature) == 0)
                reasons.push_back(fmt::format("writer feature '{}'", feature));
        }
    }
    for (const auto& [name, value] : metadata.configuration) {
        if (name.starts_with("delta.constraints."))
            reasons.push_back(fmt::format("constraint '{}' ({})", name.substr(18), value));
    }
    if (maps_columns(protocol, metadata)) reasons.emplace_back("column mapping");
    find_column_rules(metadata.schema.columns, reasons);
    return refuse("written", metadata, reasons);
}

int64_t log_retention_ms(const Metadata& metadata) {
    return retention_ms(metadata, "delta.logRetentionDuration", 30LL * 86'400'000);
}
int64_t file_retention_ms(const Metadata& metadata) {
    return retention_ms(metadata, "delta.deletedFileRetentionDuration", 7LL * 86'400'000);
}

std::vector<std::string> unread_retentions(const Metadata& metadata) {
    std::vector<std::string> unread;
    for (const std::string name : {"delta.logRetentionDuration", "delta.deletedFileRetentionDuration"}) {
        const std::string value = property(metadata, name);
        if (!value.empty() && !parse_interval_ms(value)) unread.push_back(fmt::format("{} = \"{}\"", name, value));
    }
    return unread;
}

Protocol protocol_of_new_table(const Metadata& metadata) {
    Protocol protocol;
    if (property(metadata, "delta.enableChangeDataFeed") == "true") protocol.min_writer_version = 4;
    return protocol;
}

}  // namespace pinflow::delta
