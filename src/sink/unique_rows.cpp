#include "sink/unique_rows.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

#include "delta/paths.h"
#include "engine/row_filter.h"
#include "sink/for_later.h"
#include "sink/table_scan.h"

namespace pinflow::sink {
namespace {

using delta::Type;
using engine::quote_name;
using engine::quote_text;

// What is equal for SQL is one value here: -0.0 and 0.0, every NaN.
std::string comparable_sql(const std::string& value, Type::Kind kind) {
    switch (kind) {
        case Type::Kind::string:
        case Type::Kind::binary:
            return value;
        case Type::Kind::long_:
        case Type::Kind::integer:
        case Type::Kind::short_:
        case Type::Kind::byte:
            return fmt::format("CAST({} AS BIGINT)", value);
        case Type::Kind::timestamp:
            return fmt::format("epoch_us({})", value);
        case Type::Kind::float_:
        case Type::Kind::double_:
            return fmt::format("CAST({} + 0 AS VARCHAR)", value);
        default:
            return fmt::format("CAST({} AS VARCHAR)", value);
    }
}

// Rows of one file by number: those that are set go.
class Dropped final : public engine::RowFilter {
  public:
    explicit Dropped(const std::vector<bool>& dropped) : dropped_(dropped) {}
    Result<> keep(std::string_view /*file*/, std::span<const int64_t> rows, bool* kept) const override {
        for (size_t i = 0; i < rows.size(); ++i) kept[i] = !dropped_.at(static_cast<size_t>(rows[i]));
        return {};
    }

  private:
    const std::vector<bool>& dropped_;
};

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

struct UniqueRows::Row {
    KeySet::Key key;
    uint32_t file = 0;
    uint32_t number = 0;  // in the file
    int32_t partition = 0;
    int32_t index = 0;
    int64_t offset = 0;

    auto operator<=>(const Row& other) const {
        return std::tie(key, partition, offset, index) <=>
               std::tie(other.key, other.partition, other.offset, other.index);
    }
};

struct UniqueRows::Batch {
    std::vector<Row> rows;
    std::vector<std::vector<bool>> dropped;  // by file
    std::vector<size_t> drop_counts;
};

UniqueRows::UniqueRows(delta::Environment environment, std::shared_ptr<engine::Database> database,
                       const TablePlan& plan)
    : environment_(std::move(environment)), database_(std::move(database)), plan_(plan) {}

// `values`: of a file whose partition columns stand in the log; null if the rows have all columns.
std::string UniqueRows::key_sql(const delta::PartitionValues* values) const {
    std::string sql;
    for (const std::string& name : plan_.declaration.unique) {
        const Type& type = plan_.clean_schema.find(name)->type;
        std::string value = quote_name(name);
        if (const auto found = values ? values->find(name) : delta::PartitionValues::const_iterator();
            values && found != values->end())
            value = partition_literal(found->second, type);
        sql += (sql.empty() ? "" : ", ") + comparable_sql(value, type.kind);
    }
    return sql;
}

Result<> UniqueRows::check_count() const {
    const auto most = static_cast<size_t>(plan_.declaration.settings.max_keys);
    if (keys_.size() <= most) return {};
    return fail(Code::unavailable,
                "more than {} keys ({}) are in the table: raise max_keys in its settings, at 18 bytes of memory for "
                "each, or take unique away",
                most, fmt::join(plan_.declaration.unique, ", "));
}

Result<> UniqueRows::read_table(const delta::Snapshot& snapshot, const delta::Table& table,
                                const std::string& without) {
    if (snapshot.files.empty()) return {};
    PINFLOW_ASSIGN(engine::Connection connection, database_->connect());
    PINFLOW_ASSIGN(const TableScan scan, or_later(scan_table(connection, environment_.disk, snapshot, table.folder(),
                                                             {.files = &table.files()})));
    std::vector<KeySet::Key> some;
    return engine::stream_row_keys(
        connection, fmt::format("SELECT {} FROM ({}) WHERE ({}) IS NOT TRUE", key_sql(nullptr), scan.sql, without),
        plan_.declaration.unique.size(), hash_, [&](const engine::RowKeys& rows) -> Result<> {
            some.clear();
            for (size_t i = 0; i < rows.keys.size(); ++i)
                if (rows.known[i]) some.push_back(rows.keys[i]);
            keys_.insert(some);
            return check_count();
        });
}

// Notes the files that the version added. False if it took rows away, or what it did cannot be told any more.
Result<bool> UniqueRows::look_at(delta::Table& table, int64_t version, const delta::Snapshot& now,
                                 delta::Snapshot& added) {
    PINFLOW_ASSIGN(const auto record, or_later(table.read_version(version)));
    if (!record) return false;
    for (const delta::Action& action : record->actions) {
        if (const auto* const remove = std::get_if<delta::RemoveFile>(&action); remove && remove->data_change)
            return false;
        const auto* const add = std::get_if<delta::AddFile>(&action);
        if (!add || !add->data_change || known_files_.contains(name_of(add->path))) continue;
        const delta::AddFile* const file = now.files.find(add->path);
        if (!file) return false;  // compacted already
        added.files.insert(*file);
    }
    return true;
}

// Brings the keys up to the newest version that the table knows of: others may have added rows, or taken some away.
Result<> UniqueRows::look(delta::Table& table) {
    const auto now = table.snapshot();
    delta::Snapshot added = *now;
    added.files = {};
    bool whole = version_ < 0;
    for (int64_t version = version_ + 1; !whole && version <= now->version; ++version) {
        PINFLOW_ASSIGN(const bool only_added, look_at(table, version, *now, added));
        whole = !only_added;
    }
    if (whole) {
        version_ = -1;  // until all is read
        keys_.clear();
        const int64_t start_ms = environment_.clock.steady_ms();
        PINFLOW_TRY(read_table(*now, table));
        spdlog::info("table {}: read {} keys in {} ms", table.folder().filename().string(), keys_.size(),
                     environment_.clock.steady_ms() - start_ms);
    } else {
        PINFLOW_TRY(read_table(added, table));
    }
    version_ = now->version;
    known_files_.clear();
    return {};
}

Result<> UniqueRows::read_file(const DataFile& file, Batch& batch) {
    PINFLOW_ASSIGN(engine::Connection connection, database_->connect());
    const auto number = static_cast<uint32_t>(batch.dropped.size());
    batch.dropped.emplace_back(static_cast<size_t>(file.file.row_count));
    batch.drop_counts.push_back(0);
    const std::string select = fmt::format(
        "SELECT {}, file_row_number, CAST(_partition AS BIGINT), _offset, CAST(_index AS BIGINT) FROM read_parquet({}, "
        "file_row_number = true, hive_partitioning = false)",
        key_sql(&file.partition_values), quote_text(file.file.path.string()));
    return engine::stream_row_keys(connection, select, plan_.declaration.unique.size(), hash_,
                                   [&](const engine::RowKeys& rows) -> Result<> {
                                       for (size_t i = 0; i < rows.keys.size(); ++i) {
                                           if (!rows.known[i]) continue;
                                           batch.rows.push_back({.key = rows.keys[i],
                                                                 .file = number,
                                                                 .number = static_cast<uint32_t>(rows.places[0][i]),
                                                                 .partition = static_cast<int32_t>(rows.places[1][i]),
                                                                 .index = static_cast<int32_t>(rows.places[3][i]),
                                                                 .offset = rows.places[2][i]});
                                       }
                                       return {};
                                   });
}

// Leaves the keys that are new in new_keys_.
void UniqueRows::find_duplicates(Batch& batch) {
    std::sort(batch.rows.begin(), batch.rows.end());
    new_keys_.clear();
    for (const Row& row : batch.rows) new_keys_.push_back(row.key);
    const auto there = std::make_unique<bool[]>(new_keys_.size());
    keys_.find(new_keys_, there.get());
    new_keys_.clear();
    for (size_t i = 0; i < batch.rows.size(); ++i) {
        const Row& row = batch.rows[i];
        if (!there[i] && (i == 0 || batch.rows[i - 1].key != row.key)) {
            new_keys_.push_back(row.key);
            continue;
        }
        batch.dropped[row.file][row.number] = true;
        ++batch.drop_counts[row.file];
    }
}

Result<> UniqueRows::write_anew(DataFile& file, const std::vector<bool>& dropped) {
    PINFLOW_ASSIGN(engine::Connection connection, database_->connect());
    PINFLOW_ASSIGN(const auto filter,
                   engine::register_row_filter(connection, std::make_shared<const Dropped>(dropped)));
    const std::string select = fmt::format(
        "SELECT * EXCLUDE (file_row_number) FROM read_parquet({}, file_row_number = true, hive_partitioning = false) "
        "WHERE pinflow_kept({}, '', file_row_number)",
        quote_text(file.file.path.string()), filter->id());
    PINFLOW_ASSIGN(engine::ParquetFile rest,
                   engine::write_parquet(connection, select, file.file.path.parent_path() / delta::new_data_file_name(),
                                         {.compression = plan_.declaration.settings.compression}));
    file.file = std::move(rest);
    return {};
}

Result<> UniqueRows::thin(delta::Table& table, Cleaned& batch) {
    PINFLOW_TRY(look(table));
    batch.judged_version = version_;
    return thin(batch);
}

Result<> UniqueRows::thin(Cleaned& batch) {
    Batch rows;
    for (const DataFile& file : batch.clean) PINFLOW_TRY(read_file(file, rows));
    find_duplicates(rows);
    std::vector<DataFile> left;
    for (size_t i = 0; i < batch.clean.size(); ++i) {
        DataFile& file = batch.clean[i];
        const auto dropped = static_cast<int64_t>(rows.drop_counts[i]);
        const auto before = file.file.path;
        batch.duplicates += dropped;
        const bool some_stay = dropped < file.file.row_count;
        if (dropped > 0 && some_stay) PINFLOW_TRY(write_anew(file, rows.dropped[i]));
        if (some_stay) left.push_back(std::move(file));
        std::error_code ignored;
        if (dropped > 0) std::filesystem::remove(before, ignored);
    }
    batch.clean = std::move(left);
    batch.rows -= batch.duplicates;
    new_files_.clear();
    for (const DataFile& file : batch.clean) new_files_.push_back(file.file.path.filename().string());
    return {};
}

Result<> UniqueRows::begin_without(delta::Table& table, const std::string& condition) {
    return read_table(*table.snapshot(), table, condition);
}

Result<> UniqueRows::thin_and_keep(Cleaned& batch) {
    PINFLOW_TRY(thin(batch));
    keys_.insert(new_keys_);
    return check_count();
}

void UniqueRows::landed() {
    keys_.insert(new_keys_);
    new_keys_ = {};
    known_files_.insert(new_files_.begin(), new_files_.end());
}

Result<> check_unique(const TablePlan& plan) {
    const std::string where = fmt::format("[table.{}] unique", plan.declaration.kind);
    for (const std::string& name : plan.declaration.unique) {
        const auto column = std::ranges::find(plan.columns, name, &delta::Column::name);
        const auto kind = column->type.kind;
        if (kind == Type::Kind::array || kind == Type::Kind::structure || kind == Type::Kind::map)
            return fail(Code::invalid, "{} names {}, which is {}: rows are told apart by plain values", where, name,
                        delta::duckdb_type(column->type));
    }
    if (!plan.declaration.unique.empty() && plan.clean_schema.find("file_row_number"))
        return fail(Code::invalid, "{}: such a table cannot have a column file_row_number, give it another name",
                    where);
    return {};
}

std::string duplicates_app_id(const std::string& pipeline) {
    return fmt::format("pinflow/{}/duplicates", pipeline);
}

bool is_duplicates_app_id(std::string_view app_id) {
    return app_id.starts_with("pinflow/") && app_id.ends_with("/duplicates");
}

}  // namespace pinflow::sink
