#include "sink/table_store.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "delta/paths.h"
#include "engine/parquet_writer.h"
#include "sink/added_file.h"
#include "sink/kept_rules.h"
#include "sink/unique_rows.h"

namespace pinflow::sink {
namespace {

constexpr int64_t first_vacuum_ms = 70 * 60 * 1000;  // files are left alone for an hour
constexpr int64_t later_vacuum_ms = 24 * 60 * 60 * 1000;

Result<std::unique_ptr<delta::Table>> open_or_create(const delta::Environment& environment,
                                                     const std::filesystem::path& folder, delta::Metadata metadata) {
    auto table = delta::Table::open(environment, folder);
    if (table || table.error().code != Code::not_found) return table;
    PINFLOW_TRY(environment.disk.make_directories(folder));
    return delta::Table::create(environment, folder, std::move(metadata));
}

delta::Metadata metadata_of(const std::string& name, const TablePlan& plan, bool clean) {
    delta::Metadata metadata{.name = name, .description = plan.declaration.description};
    metadata.configuration = delta::default_configuration();
    metadata.schema = clean ? plan.clean_schema : quarantine_schema();
    if (!clean) return metadata;
    metadata.partition_columns = plan.declaration.partition_by;
    for (const auto& [key, value] : plan.declaration.properties) metadata.configuration[key] = value;
    return metadata;
}

// What the clean commit says about the quarantine file, so that it can be committed without looking at the data again.
std::string describe(const TablePlan& plan, int64_t sequence, const delta::AddFile* quarantine,
                     const Cleaned& cleaned) {
    JsonWriter json;
    json.begin_object().key("pipeline").string(plan.pipeline).key("ruleVersion").string(plan.declaration.rule_version);
    json.key("sequence").number(sequence).key("quarantined").number(cleaned.quarantined);
    json.key("skipped").number(cleaned.skipped).key("warnings").number(cleaned.warnings);
    if (!plan.declaration.unique.empty()) json.key("duplicates").number(cleaned.duplicates);
    if (quarantine) {
        json.key("quarantineFile").begin_object().key("path").string(quarantine->path);
        json.key("size").number(quarantine->size_bytes).key("modificationTime").number(quarantine->modification_ms);
        json.key("stats").string(quarantine->stats_json).end_object();
    }
    return std::move(json.end_object()).text();
}

// All rows of the files, each column under the type that the schema has for it: other writers may have another in their
// files (Spark writes times as INT96). Null where a file is older than the column.
std::string rows_of_files(const delta::Metadata& metadata, const std::vector<delta::TableFiles::DataFile>& files) {
    std::string list;
    for (const auto& file : files) list += (list.empty() ? "" : ", ") + engine::quote_text(file.path.string());
    std::string columns;
    for (const delta::Column& column : metadata.schema.columns) {
        if (std::ranges::count(metadata.partition_columns, column.name) > 0) continue;
        const std::string name = engine::quote_text(column.name);
        columns += fmt::format("{}{}: {{'name': {}, 'type': {}, 'default_value': NULL}}", columns.empty() ? "" : ", ",
                               name, name, engine::quote_text(delta::duckdb_type(column.type)));
    }
    return fmt::format("SELECT * FROM read_parquet([{}], hive_partitioning = false, schema = MAP {{{}}})", list,
                       columns);
}

Result<std::vector<delta::TableFiles::DataFile>> files_of_job(const delta::Table& table,
                                                              const delta::CompactionJob& job) {
    std::vector<delta::TableFiles::DataFile> files;
    for (const auto& file : job.files) {
        PINFLOW_ASSIGN(auto path, delta::file_path(table.folder(), file->path));
        files.push_back({std::move(path), static_cast<uint64_t>(file->size_bytes)});
    }
    return files;
}

}  // namespace

std::string position_app_id(const std::string& pipeline, const Uuid& topic_id, int32_t partition) {
    return fmt::format("pinflow/{}/{}/{}", pipeline, topic_id.text(), partition);
}

std::string TableStore::app_id() const {
    return fmt::format("pinflow/{}/commits{}{}", plan_.pipeline, writer_.empty() ? "" : "/", writer_);
}

Result<std::unique_ptr<TableStore>> TableStore::open(delta::Environment environment, const std::filesystem::path& lake,
                                                     const std::string& name, const TablePlan& plan,
                                                     const std::string& writer) {
    std::unique_ptr<TableStore> store(new TableStore(environment, plan, writer));
    PINFLOW_ASSIGN(store->quarantine_,
                   open_or_create(environment, lake / "quarantine" / name, metadata_of(name, plan, false)));
    PINFLOW_ASSIGN(store->clean_, open_or_create(environment, lake / "clean" / name, metadata_of(name, plan, true)));
    PINFLOW_TRY(store->finish_quarantine());
    PINFLOW_TRY(store->evolve());
    return store;
}

// Nothing if the table has all these columns. New ones go behind the old ones, whatever their place in the SQL; files
// are read by name.
Result<std::optional<delta::Metadata>> TableStore::metadata_with(const delta::Schema& schema) {
    const auto snapshot = clean_->snapshot();
    if (snapshot->metadata == known_metadata_ && known_schema_ == schema) return std::nullopt;
    delta::Schema wanted = snapshot->metadata->schema;
    for (const delta::Column& column : schema.columns) {
        const delta::Column* old = wanted.find(column.name);
        if (!old) {
            wanted.columns.push_back(column);
        } else if (!(old->type == column.type)) {
            return fail(Code::unsupported,
                        "column {} of {} is {}, and the pipeline now makes {}: give it another name, or "
                        "remove the table's folder to have it made anew",
                        column.name, clean_->where(), delta::duckdb_type(old->type), delta::duckdb_type(column.type));
        }
    }
    if (wanted == snapshot->metadata->schema) {
        known_metadata_ = snapshot->metadata;
        known_schema_ = schema;
        return std::nullopt;
    }
    delta::Metadata metadata = *snapshot->metadata;
    metadata.schema = std::move(wanted);
    return metadata;
}

Result<> TableStore::evolve() {
    const auto snapshot = clean_->snapshot();
    const delta::Metadata& metadata = *snapshot->metadata;
    if (metadata.partition_columns != plan_.declaration.partition_by) {
        return fail(Code::unsupported, "{} is partitioned by [{}], and the pipeline now says [{}]", clean_->where(),
                    fmt::join(metadata.partition_columns, ", "), fmt::join(plan_.declaration.partition_by, ", "));
    }
    PINFLOW_ASSIGN(auto grown, metadata_with(plan_.clean_schema));
    if (!grown) return {};
    PINFLOW_TRY(clean_->commit({.info = {.operation = "CHANGE COLUMNS"}, .metadata = std::move(grown)}));
    return {};
}

Result<> TableStore::keep_rules() {
    if (rules_are_kept_) return {};
    PINFLOW_TRY(sink::keep_rules(environment_, clean_->files(), plan_.pipeline, plan_.declaration));
    rules_are_kept_ = true;
    return {};
}

Result<> TableStore::commit(const Cleaned& cleaned, std::vector<delta::Txn> positions, const delta::Schema& schema) {
    if (unfinished_) PINFLOW_TRY(finish_quarantine());
    PINFLOW_TRY(keep_rules());
    unfinished_ = true;  // until both commits are known to be there
    const int64_t previous = clean_->snapshot()->txn_version(app_id());
    const int64_t sequence = previous + 1;
    delta::Commit commit;
    PINFLOW_ASSIGN(commit.metadata, metadata_with(schema));
    for (const DataFile& file : cleaned.clean) {
        PINFLOW_ASSIGN(delta::AddFile add, added_file(environment_, clean_->folder(), file));
        commit.adds.push_back(std::move(add));
    }
    std::optional<delta::AddFile> quarantine;
    if (cleaned.quarantine) {
        PINFLOW_ASSIGN(quarantine, added_file(environment_, quarantine_->folder(), {*cleaned.quarantine, {}}));
    }
    commit.info.parameters = {{"outputMode", "Append"},
                              {"queryId", plan_.pipeline + "/" + plan_.declaration.kind},
                              {"epochId", std::to_string(sequence)}};
    commit.info.metrics = {{"numOutputRows", std::to_string(cleaned.rows)},
                           {"numFiles", std::to_string(cleaned.clean.size())}};
    commit.info.extra_json = describe(plan_, sequence, quarantine ? &*quarantine : nullptr, cleaned);
    commit.txns = std::move(positions);
    commit.txns.push_back({.app_id = app_id(),
                           .version = sequence,
                           .last_updated_ms = environment_.clock.wall_ms(),
                           .previous = previous});
    commit.rows_as_of = cleaned.judged_version;
    if (quarantine) commit.txns.push_back(count_quarantined(*clean_, cleaned.quarantined));
    count_duplicates(cleaned.duplicates, commit.txns);
    PINFLOW_ASSIGN(const delta::Committed committed, clean_->commit(std::move(commit)));
    // An earlier try got through after all, perhaps with other records: it is not this batch that is there.
    if (committed.already_there) return fail(Code::conflict, "the batch is in the table already");
    if (quarantine) PINFLOW_TRY(commit_quarantine(sequence, {*quarantine, cleaned.quarantined}));
    unfinished_ = false;
    return {};
}

// Their number stays with the table, however soon its log is cleaned up.
void TableStore::count_duplicates(int64_t more, std::vector<delta::Txn>& txns) const {
    if (plan_.declaration.unique.empty()) return;
    const std::string name = duplicates_app_id(plan_.pipeline);
    const int64_t before = clean_->snapshot()->txn_version(name);
    if (more == 0 && before >= 0) return;
    txns.push_back({.app_id = name,
                    .version = std::max<int64_t>(before, 0) + more,
                    .last_updated_ms = environment_.clock.wall_ms(),
                    .previous = before});
}

Result<> TableStore::look_again() {
    PINFLOW_TRY(clean_->refresh());
    PINFLOW_TRY(quarantine_->refresh());
    return {};
}

Result<bool> TableStore::upkeep(engine::Database& database) {
    PINFLOW_ASSIGN(const bool more_clean, compact(*clean_, database));
    PINFLOW_ASSIGN(const bool more_quarantine, compact(*quarantine_, database));
    PINFLOW_TRY(clean_->maintain());
    PINFLOW_TRY(quarantine_->maintain());
    const int64_t now = environment_.clock.steady_ms();
    if (now >= vacuum_at_ms_ &&
        !keeps_unnamed_) {  // what a crash left behind, and soon again for what was too young the first time
        PINFLOW_TRY(clean_->vacuum());
        PINFLOW_TRY(quarantine_->vacuum());
        vacuum_at_ms_ = now + (vacuum_at_ms_ == 0 ? first_vacuum_ms : later_vacuum_ms);
    }
    return more_clean || more_quarantine;
}

// Rewrites the small files of one job as one. Rows keep their order and their identity.
Result<bool> TableStore::compact(delta::Table& table, engine::Database& database) {
    const auto snapshot = table.snapshot();
    const Settings& settings = plan_.declaration.settings;
    const auto jobs = delta::plan_compaction(*snapshot, {.target_bytes = settings.target_file_bytes,
                                                         .fan_in = static_cast<size_t>(settings.compact_after_files)});
    if (jobs.empty()) return false;
    const delta::CompactionJob& job = jobs.front();
    const auto& partitions = snapshot->metadata->partition_columns;
    const auto place = table.folder() / delta::partition_folder(partitions, job.partition_values);
    PINFLOW_ASSIGN(const auto files, files_of_job(table, job));
    PINFLOW_ASSIGN(const auto held, table.files().hold(files));
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    PINFLOW_ASSIGN(engine::ParquetFile file,
                   engine::write_parquet(connection, rows_of_files(*snapshot->metadata, files),
                                         place / delta::new_data_file_name(), {.compression = settings.compression}));
    PINFLOW_ASSIGN(delta::AddFile add,
                   added_file(environment_, table.folder(), {std::move(file), job.partition_values}));
    PINFLOW_TRY(table.replace(job.files, {std::move(add)}));
    return jobs.size() > 1;
}

}  // namespace pinflow::sink
