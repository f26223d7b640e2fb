#include "delta/protocol.h"

#include "base/text.h"

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

int64_t interval_ms(const Metadata& metadata, const std::string& name, int64_t otherwise) {
    const std::string text = to_lower(property(metadata, name));
    std::string_view left = trim(text);
    if (left.starts_with("interval")) left = trim(left.substr(8));
    const size_t blank = left.find(' ');
    if (blank == std::string_view::npos) return otherwise;
    const auto count = parse_int(left.substr(0, blank));
    std::string_view unit = trim(left.substr(blank));
    if (unit.ends_with('s')) unit.remove_suffix(1);
    constexpr std::array<std::pair<std::string_view, int64_t>, 6> units = {{{"millisecond", 1},
                                                                            {"second", 1000},
                                                                            {"minute", 60'000},
                                                                            {"hour", 3'600'000},
                                                                            {"day", 86'400'000},
                                                                            {"week", 604'800'000}}};
    for (const auto& [known, ms] : units) {
        if (known == unit && count && *count >= 0 && *count < 1'000'000'000) return *count * ms;
    }
    return otherwise;
}

int64_t log_retention_ms(const Metadata& metadata) {
    return interval_ms(metadata, "delta.logRetentionDuration", 30LL * 86'400'000);
}
int64_t file_retention_ms(const Metadata& metadata) {
    return interval_ms(metadata, "delta.deletedFileRetentionDuration", 7LL * 86'400'000);
}

}  // namespace pinflow::delta
