#include "sink/table_scan.h"

#include "base/text.h"
#include "delta/deleted_rows.h"
#include "delta/paths.h"
#include "delta/protocol.h"
#include "sink/table_plan.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;
using delta::Type;
using engine::quote_name;
using engine::quote_text;

// Files that share their partition values and can be read by one call.
struct Group {
    std::string files;
    bool filtered = false;
};

class DeletedByFile final : public engine::RowFilter {
  public:
    void add(const fs::path& file, delta::DeletedRows rows) { files_.emplace(file.string(), std::move(rows)); }
    bool empty() const { return files_.empty(); }

    Result<> keep(std::string_view file, std::span<const int64_t> rows, bool* kept) const override {
        const auto found = files_.find(std::string(file));
        if (found == files_.end()) return fail(Code::internal, "no deletion vector is known for {}", file);
        found->second.mark(rows, kept);
        return {};
    }

  private:
    std::unordered_map<std::string, delta::DeletedRows> files_;
};

// What a value of a file looks like with the schema's names: mapped columns have others in the files, at every depth.
std::string renamed(const std::string& value, const Type& type, const Type& stored, int depth) {
    if (type == stored) return value;
    const std::string item = fmt::format("x{}", depth);
    if (type.kind == Type::Kind::array) {
        return fmt::format("list_transform({}, lambda {}: {})", value, item,
                           renamed(item, type.children[0], stored.children[0], depth + 1));
    }
    if (type.kind == Type::Kind::map) {
        return fmt::format(
            "map_from_entries(list_transform(map_entries({}), lambda {}: struct_pack(k := {}, v := {})))", value, item,
            renamed(item + ".key", type.children[0], stored.children[0], depth + 1),
            renamed(item + ".value", type.children[1], stored.children[1], depth + 1));
    }
    std::string fields;
    for (size_t i = 0; i < type.fields.size(); ++i) {
        const std::string field = fmt::format("struct_extract({}, {})", value, quote_text(stored.fields[i].name));
        fields += fmt::format("{}{} := {}", fields.empty() ? "" : ", ", quote_name(type.fields[i].name),
                              renamed(field, type.fields[i].type, stored.fields[i].type, depth + 1));
    }
    return fmt::format("CASE WHEN {} IS NOT NULL THEN struct_pack({}) END", value, fields);
}

class Scan {
  public:
    Scan(const delta::Snapshot& snapshot, const fs::path& folder, const ScanOptions& options)
        : snapshot_(snapshot),
          folder_(folder),
          options_(options),
          schema_(snapshot.metadata->schema),
          mapped_(delta::maps_columns(*snapshot.protocol, *snapshot.metadata)),
          by_id_(mapped_ && delta::maps_columns_by_id(*snapshot.metadata)),
          stored_(mapped_ ? delta::stored_schema(schema_) : schema_) {}

    Result<> collect(Disk& disk) {
        if (options_.files) PINFLOW_TRY(hold(*options_.files));
        Result<> outcome;
        snapshot_.files.for_each([&](const delta::FileSet::Pointer& file) {
            if (outcome) outcome = add(disk, *file);
        });
        return outcome;
    }

    Result<TableScan> select(engine::Connection& connection) {
        TableScan scan{.held = std::move(held_)};
        if (!deleted_->empty()) {
            PINFLOW_ASSIGN(scan.filter, engine::register_row_filter(connection, deleted_));
        }
        PINFLOW_ASSIGN(const std::string columns, file_columns());
        for (const auto& [key, group] : groups_) {
            if (!scan.sql.empty()) scan.sql += " UNION ALL ";
            scan.sql += fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false{})",
                                    selected(key.first), group.files, columns);
            if (!group.filtered) continue;
            scan.sql += fmt::format(" WHERE pinflow_kept({}, filename, file_row_number)", scan.filter->id());
        }
        if (scan.sql.empty()) scan.sql = fmt::format("SELECT {} WHERE false", nothing());
        return scan;
    }

  private:
    bool is_partition(size_t column) const {
        const auto& names = snapshot_.metadata->partition_columns;
        return std::ranges::find(names, schema_.columns[column].name) != names.end();
    }
    // A column of a file under a name that does not hide DuckDB's own two.
    std::string read_name(size_t column) const {
        const std::string& name = schema_.columns[column].name;
        const bool hides = equals_ignoring_case(name, "filename") || equals_ignoring_case(name, "file_row_number");
        return hides ? "column " + name : name;
    }
    bool is_wanted(size_t column) const {
        const std::string& name = schema_.columns[column].name;
        return options_.with_identity || !name.starts_with('_') || name == rescued_column;
    }

    Result<> add(Disk& disk, const delta::AddFile& file) {
        PINFLOW_ASSIGN(const fs::path path, delta::file_path(folder_, file.path));
        if (!is_below(path, {folder_}) && !is_below(path, options_.folders)) {
            return fail(Code::unsupported,
                        "file {} of the table lies outside its folder: sql.folders must name where it is",
                        path.string());
        }
        const bool filtered = file.deletion_vector && file.deletion_vector->cardinality > 0;
        if (filtered) {
            PINFLOW_ASSIGN(auto rows, delta::DeletedRows::load(disk, folder_, *file.deletion_vector));
            deleted_->add(path, std::move(rows));
        }
        Group& group = groups_[{file.partition_values, filtered}];
        group.filtered = filtered;
        group.files += (group.files.empty() ? "" : ", ") + quote_text(path.string());
        return {};
    }

    // All files that the scan reads, deletion vectors too.
    Result<> hold(delta::TableFiles& files) {
        std::vector<delta::TableFiles::DataFile> wanted;
        Result<> outcome;
        const auto add = [&](Result<fs::path> path, std::optional<uint64_t> size) {
            if (path && is_below(*path, {folder_})) wanted.push_back({std::move(*path), size});
            if (!path && outcome) outcome = fail(std::move(path).error());
        };
        snapshot_.files.for_each([&](const delta::FileSet::Pointer& file) {
            add(delta::file_path(folder_, file->path), static_cast<uint64_t>(file->size_bytes));
            const auto& vector = file->deletion_vector;
            if (vector && vector->storage != "i") add(delta::deletion_vector_path(folder_, *vector), std::nullopt);
        });
        PINFLOW_TRY(outcome);
        PINFLOW_ASSIGN(held_, files.hold(wanted));
        return {};
    }

    // The columns as DuckDB is to look for them in each file; one that a file lacks is null there.
    Result<std::string> file_columns() const {
        std::string columns;
        for (size_t i = 0; i < schema_.columns.size(); ++i) {
            if (is_partition(i)) continue;
            const delta::Column& column = schema_.columns[i];
            if (by_id_ && !column.field_id) {
                return fail(Code::corrupt, "column '{}' has no delta.columnMapping.id, but columns are mapped by id",
                            column.name);
            }
            const std::string key = by_id_ ? std::to_string(*column.field_id) : quote_text(stored_.columns[i].name);
            columns +=
                fmt::format("{}{}: {{'name': {}, 'type': {}, 'default_value': NULL}}", columns.empty() ? "" : ", ", key,
                            quote_text(read_name(i)), quote_text(delta::duckdb_type(stored_.columns[i].type)));
        }
        return columns.empty() ? "" : ", schema = MAP {" + columns + "}";
    }

    std::string selected(const delta::PartitionValues& values) const {
        std::string columns;
        for (size_t i = 0; i < schema_.columns.size(); ++i) {
            if (!is_wanted(i)) continue;
            const delta::Column& column = schema_.columns[i];
            std::string value = renamed(quote_name(read_name(i)), column.type, stored_.columns[i].type, 0);
            if (is_partition(i)) {
                const auto found = values.find(stored_.columns[i].name);
                value = partition_literal(found == values.end() ? std::nullopt : found->second, column.type);
            }
            columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", value, quote_name(column.name));
        }
        return columns;
    }

    std::string nothing() const {
        std::string columns;
        for (size_t i = 0; i < schema_.columns.size(); ++i) {
            if (!is_wanted(i)) continue;
            columns += fmt::format("{}NULL::{} AS {}", columns.empty() ? "" : ", ",
                                   delta::duckdb_type(schema_.columns[i].type), quote_name(schema_.columns[i].name));
        }
        return columns;
    }

    const delta::Snapshot& snapshot_;
    const fs::path& folder_;
    const ScanOptions& options_;
    const delta::Schema& schema_;
    bool mapped_;
    bool by_id_;
    delta::Schema stored_;  // the same columns with the files' names
    delta::TableFiles::Held held_;
    std::map<std::pair<delta::PartitionValues, bool>, Group> groups_;
    std::shared_ptr<DeletedByFile> deleted_ = std::make_shared<DeletedByFile>();
};

}  // namespace

std::string partition_literal(const std::optional<std::string>& value, const Type& type) {
    if (!value || value->empty()) return fmt::format("CAST(NULL AS {})", delta::duckdb_type(type));
    if (type.kind == Type::Kind::binary) return fmt::format("encode({})", quote_text(*value));
    return fmt::format("CAST({} AS {})", quote_text(*value), delta::duckdb_type(type));
}

bool is_below(const fs::path& path, const std::vector<fs::path>& folders) {
    const fs::path clean = path.lexically_normal();
    return std::ranges::any_of(folders, [&](const fs::path& folder) {
        const fs::path way = clean.lexically_relative(folder.lexically_normal());
        return !way.empty() && *way.begin() != "..";
    });
}

Result<TableScan> scan_table(engine::Connection& connection, Disk& disk, const delta::Snapshot& snapshot,
                             const fs::path& folder, const ScanOptions& options) {
    Scan scan(snapshot, folder, options);
    PINFLOW_TRY(scan.collect(disk));
    return scan.select(connection);
}

}  // namespace pinflow::sink
