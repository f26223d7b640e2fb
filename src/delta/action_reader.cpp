#include <simdjson.h>

#include "delta/actions.h"

namespace pinflow::delta {
namespace {

namespace dom = simdjson::dom;

// Reads the fields of one action; a field that is missing or null reads as nothing, one of another type is an error
// that is kept until the end, so that the code that names the fields stays flat.
class Fields {
  public:
    Fields(dom::element object, std::string_view action) : object_(object), action_(action) {}

    std::optional<std::string> text(std::string_view key) {
        std::string_view value;
        if (!get(key, value, "a string")) return std::nullopt;
        return std::string(value);
    }
    std::optional<int64_t> number(std::string_view key) {
        int64_t value = 0;
        return get(key, value, "an integer") ? std::optional(value) : std::nullopt;
    }
    std::optional<bool> flag(std::string_view key) {
        bool value = false;
        return get(key, value, "true or false") ? std::optional(value) : std::nullopt;
    }
    // Any object, as compact JSON text.
    std::string json(std::string_view key) {
        dom::object value;
        return get(key, value, "an object") ? simdjson::minify(value) : std::string();
    }
    // Values that are no strings become their JSON text: commitInfo is free in what it holds.
    PartitionValues values(std::string_view key) {
        PartitionValues values;
        dom::object object;
        if (!get(key, object, "an object")) return values;
        for (const auto& [name, value] : object) {
            std::string_view string;
            if (value.is_null()) {
                values[std::string(name)] = std::nullopt;
            } else if (value.get(string) == simdjson::SUCCESS) {
                values[std::string(name)] = std::string(string);
            } else {
                values[std::string(name)] = simdjson::minify(value);
            }
        }
        return values;
    }
    std::map<std::string, std::string> map(std::string_view key) {
        std::map<std::string, std::string> map;
        for (auto& [name, value] : values(key)) map[name] = value.value_or("");
        return map;
    }
    std::vector<std::string> list(std::string_view key) {
        std::vector<std::string> list;
        dom::array array;
        if (!get(key, array, "an array")) return list;
        for (dom::element item : array) {
            std::string_view string;
            if (item.get(string) == simdjson::SUCCESS) list.emplace_back(string);
        }
        return list;
    }

    std::optional<DeletionVector> deletion_vector() {
        dom::object object;
        if (!get("deletionVector", object, "an object")) return std::nullopt;
        Fields fields(object_["deletionVector"].value_unsafe(), "deletionVector");
        DeletionVector vector;
        vector.storage = fields.need(fields.text("storageType"), "storageType");
        vector.place = fields.need(fields.text("pathOrInlineDv"), "pathOrInlineDv");
        vector.offset = fields.number("offset");
        vector.size_bytes = fields.need(fields.number("sizeInBytes"), "sizeInBytes");
        vector.cardinality = fields.need(fields.number("cardinality"), "cardinality");
        if (vector.cardinality < 0) fields.error_ = "deletionVector.cardinality is negative";
        if (error_.empty()) error_ = fields.error_;
        return vector;
    }

    // The value of a field that the protocol demands.
    template <class T>
    T need(std::optional<T> value, std::string_view key) {
        if (!value && error_.empty()) error_ = fmt::format("{} has no {}", action_, key);
        return std::move(value).value_or(T());
    }
    Result<> outcome() const {
        if (error_.empty()) return {};
        return fail(Code::corrupt, "{}", error_);
    }

  private:
    template <class T>
    bool get(std::string_view key, T& into, std::string_view wanted) {
        dom::element element;
        if (object_[key].get(element) != simdjson::SUCCESS || element.is_null()) return false;
        if (element.get(into) == simdjson::SUCCESS) return true;
        if (error_.empty()) error_ = fmt::format("{}.{} is not {}", action_, key, wanted);
        return false;
    }

    dom::element object_;
    std::string_view action_;
    std::string error_;
};

Result<Action> read_add(dom::element json) {
    Fields fields(json, "add");
    AddFile add;
    add.path = fields.need(fields.text("path"), "path");
    add.partition_values = fields.values("partitionValues");
    add.size_bytes = fields.need(fields.number("size"), "size");
    add.modification_ms = fields.number("modificationTime").value_or(0);
    add.data_change = fields.flag("dataChange").value_or(true);
    add.stats_json = fields.text("stats").value_or("");
    add.tags_json = fields.json("tags");
    add.deletion_vector = fields.deletion_vector();
    PINFLOW_TRY(fields.outcome());
    return add;
}

Result<Action> read_remove(dom::element json) {
    Fields fields(json, "remove");
    RemoveFile remove;
    remove.path = fields.need(fields.text("path"), "path");
    remove.deletion_ms = fields.number("deletionTimestamp");
    remove.data_change = fields.flag("dataChange").value_or(true);
    remove.partition_values = fields.values("partitionValues");
    remove.size_bytes = fields.number("size").value_or(0);
    remove.deletion_vector = fields.deletion_vector();
    PINFLOW_TRY(fields.outcome());
    return remove;
}

Result<Action> read_txn(dom::element json) {
    Fields fields(json, "txn");
    Txn txn;
    txn.app_id = fields.need(fields.text("appId"), "appId");
    txn.version = fields.need(fields.number("version"), "version");
    txn.last_updated_ms = fields.number("lastUpdated");
    PINFLOW_TRY(fields.outcome());
    return txn;
}

Result<Action> read_metadata(dom::element json) {
    Fields fields(json, "metaData");
    Metadata metadata;
    metadata.id = fields.need(fields.text("id"), "id");
    metadata.name = fields.text("name").value_or("");
    metadata.description = fields.text("description").value_or("");
    const std::string schema = fields.need(fields.text("schemaString"), "schemaString");
    metadata.partition_columns = fields.list("partitionColumns");
    metadata.configuration = fields.map("configuration");
    metadata.created_ms = fields.number("createdTime");
    PINFLOW_TRY(fields.outcome());
    std::string_view provider = "parquet";
    if (json["format"]["provider"].get(provider) == simdjson::SUCCESS && provider != "parquet") {
        return fail(Code::unsupported, "the table's files are '{}', only parquet is supported", provider);
    }
    PINFLOW_ASSIGN(metadata.schema, Schema::parse(schema));
    return metadata;
}

Result<Action> read_protocol(dom::element json) {
    Fields fields(json, "protocol");
    Protocol protocol;
    const auto version = [&](std::string_view key) {
        const int64_t number = fields.need(fields.number(key), key);
        return static_cast<int>(std::clamp<int64_t>(number, 0, 1'000'000));
    };
    protocol.min_reader_version = version("minReaderVersion");
    protocol.min_writer_version = version("minWriterVersion");
    protocol.reader_features = fields.list("readerFeatures");
    protocol.writer_features = fields.list("writerFeatures");
    PINFLOW_TRY(fields.outcome());
    return protocol;
}

// Other writers put what they like into commitInfo: whatever has another shape than ours is left out.
Result<Action> read_commit_info(dom::element json) {
    Fields fields(json, "commitInfo");
    CommitInfo info;
    info.timestamp_ms = fields.number("timestamp").value_or(0);
    info.operation = fields.text("operation").value_or("");
    info.parameters = fields.map("operationParameters");
    info.metrics = fields.map("operationMetrics");
    info.read_version = fields.number("readVersion");
    info.is_blind_append = fields.flag("isBlindAppend").value_or(false);
    info.engine_info = fields.text("engineInfo").value_or("");
    info.extra_json = fields.json("pinflow");
    info.in_commit_timestamp_ms = fields.number("inCommitTimestamp");
    return info;
}

Result<Action> read_sidecar(dom::element json) {
    Fields fields(json, "sidecar");
    Sidecar sidecar;
    sidecar.path = fields.need(fields.text("path"), "path");
    sidecar.size_bytes = fields.number("sizeInBytes").value_or(0);
    sidecar.modification_ms = fields.number("modificationTime").value_or(0);
    PINFLOW_TRY(fields.outcome());
    return sidecar;
}

struct ActionReader {
    std::string_view key;
    Result<Action> (*read)(dom::element);
};
constexpr std::array<ActionReader, 7> readers = {{
    {"add", read_add},
    {"remove", read_remove},
    {"txn", read_txn},
    {"metaData", read_metadata},
    {"protocol", read_protocol},
    {"commitInfo", read_commit_info},
    {"sidecar", read_sidecar},
}};

Result<> parse_line(dom::parser& parser, std::string_view line, std::vector<Action>& into) {
    dom::element root;
    dom::object object;
    if (const auto error = parser.parse(line.data(), line.size(), false).get(root); error != simdjson::SUCCESS) {
        return fail(Code::corrupt, "not JSON: {}", simdjson::error_message(error));
    }
    if (root.get(object) != simdjson::SUCCESS) return fail(Code::corrupt, "not a JSON object");
    for (const ActionReader& reader : readers) {
        dom::element value;
        dom::object fields;
        if (object[reader.key].get(value) != simdjson::SUCCESS || value.is_null()) continue;
        if (value.get(fields) != simdjson::SUCCESS) return fail(Code::corrupt, "{} is not an object", reader.key);
        PINFLOW_ASSIGN(Action action, reader.read(value));
        into.push_back(std::move(action));
    }
    return {};
}

}  // namespace

Result<std::vector<Action>> parse_actions(std::string_view lines) {
    const simdjson::padded_string padded(lines);
    dom::parser parser;
    std::vector<Action> actions;
    std::string_view left = padded;
    for (size_t number = 1; !left.empty(); ++number) {
        const size_t end = std::min(left.find('\n'), left.size());
        std::string_view line = left.substr(0, end);
        left.remove_prefix(std::min(end + 1, left.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        if (auto parsed = parse_line(parser, line, actions); !parsed) {
            return fail(std::move(parsed).error().within(fmt::format("line {}", number)));
        }
    }
    return actions;
}

}  // namespace pinflow::delta
