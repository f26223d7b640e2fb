#include "delta/actions.h"

#include "base/json_writer.h"

namespace pinflow::delta {
namespace {

void write_values(JsonWriter& out, std::string_view key, const PartitionValues& values) {
    out.key(key).begin_object();
    for (const auto& [column, value] : values) {
        out.key(column);
        value ? out.string(*value) : out.null();
    }
    out.end_object();
}

void write_map(JsonWriter& out, std::string_view key, const std::map<std::string, std::string>& map) {
    out.key(key).begin_object();
    for (const auto& [name, value] : map) out.key(name).string(value);
    out.end_object();
}

void write_list(JsonWriter& out, std::string_view key, const std::vector<std::string>& list) {
    out.key(key).begin_array();
    for (const std::string& item : list) out.string(item);
    out.end_array();
}

void write_deletion_vector(JsonWriter& out, const std::optional<DeletionVector>& vector) {
    if (!vector) return;
    out.key("deletionVector").begin_object().key("storageType").string(vector->storage);
    out.key("pathOrInlineDv").string(vector->place);
    if (vector->offset) out.key("offset").number(*vector->offset);
    out.key("sizeInBytes").number(vector->size_bytes).key("cardinality").number(vector->cardinality).end_object();
}

JsonWriter begin(std::string_view action) {
    JsonWriter out;
    out.begin_object().key(action).begin_object();
    return out;
}

void finish(std::string& to, JsonWriter& out) {
    out.end_object().end_object();
    to += out.text();
    to += '\n';
}

}  // namespace

void append_action(std::string& to, const AddFile& add) {
    JsonWriter out = begin("add");
    out.key("path").string(add.path);
    write_values(out, "partitionValues", add.partition_values);
    out.key("size").number(add.size_bytes).key("modificationTime").number(add.modification_ms);
    out.key("dataChange").boolean(add.data_change);
    if (!add.stats_json.empty()) out.key("stats").string(add.stats_json);
    if (!add.tags_json.empty()) out.key("tags").raw(add.tags_json);
    write_deletion_vector(out, add.deletion_vector);
    finish(to, out);
}

void append_action(std::string& to, const RemoveFile& remove) {
    JsonWriter out = begin("remove");
    out.key("path").string(remove.path);
    if (remove.deletion_ms) out.key("deletionTimestamp").number(*remove.deletion_ms);
    out.key("dataChange").boolean(remove.data_change).key("extendedFileMetadata").boolean(true);
    write_values(out, "partitionValues", remove.partition_values);
    out.key("size").number(remove.size_bytes);
    write_deletion_vector(out, remove.deletion_vector);
    finish(to, out);
}

void append_action(std::string& to, const Txn& txn) {
    JsonWriter out = begin("txn");
    out.key("appId").string(txn.app_id).key("version").number(txn.version);
    if (txn.last_updated_ms) out.key("lastUpdated").number(*txn.last_updated_ms);
    finish(to, out);
}

void append_action(std::string& to, const Metadata& metadata) {
    JsonWriter out = begin("metaData");
    out.key("id").string(metadata.id);
    if (!metadata.name.empty()) out.key("name").string(metadata.name);
    if (!metadata.description.empty()) out.key("description").string(metadata.description);
    out.key("format").begin_object().key("provider").string("parquet");
    out.key("options").begin_object().end_object().end_object();
    out.key("schemaString").string(metadata.schema.text());
    write_list(out, "partitionColumns", metadata.partition_columns);
    write_map(out, "configuration", metadata.configuration);
    if (metadata.created_ms) out.key("createdTime").number(*metadata.created_ms);
    finish(to, out);
}

void append_action(std::string& to, const Protocol& protocol) {
    JsonWriter out = begin("protocol");
    out.key("minReaderVersion").number(protocol.min_reader_version);
    out.key("minWriterVersion").number(protocol.min_writer_version);
    if (protocol.min_reader_version >= 3) write_list(out, "readerFeatures", protocol.reader_features);
    if (protocol.min_writer_version >= 7) write_list(out, "writerFeatures", protocol.writer_features);
    finish(to, out);
}

void append_action(std::string& to, const CommitInfo& info) {
    JsonWriter out = begin("commitInfo");
    out.key("timestamp").number(info.timestamp_ms).key("operation").string(info.operation);
    write_map(out, "operationParameters", info.parameters);
    if (info.read_version) out.key("readVersion").number(*info.read_version);
    out.key("isBlindAppend").boolean(info.is_blind_append);
    if (!info.metrics.empty()) write_map(out, "operationMetrics", info.metrics);
    if (!info.engine_info.empty()) out.key("engineInfo").string(info.engine_info);
    if (!info.extra_json.empty()) out.key("pinflow").raw(info.extra_json);
    if (info.in_commit_timestamp_ms) out.key("inCommitTimestamp").number(*info.in_commit_timestamp_ms);
    finish(to, out);
}

void append_action(std::string& to, const Sidecar& sidecar) {
    JsonWriter out = begin("sidecar");
    out.key("path").string(sidecar.path).key("sizeInBytes").number(sidecar.size_bytes);
    out.key("modificationTime").number(sidecar.modification_ms);
    finish(to, out);
}

void append_action(std::string& to, const Action& action) {
    std::visit([&](const auto& one) { append_action(to, one); }, action);
}

}  // namespace pinflow::delta
