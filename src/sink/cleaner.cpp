#include "sink/cleaner.h"

#include <set>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "delta/paths.h"
#include "engine/batch_function.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;
using engine::quote_text;

constexpr size_t most_kept_bytes = 128 << 20;

std::vector<engine::Field> excluded_fields() {
    return {{"record", engine::FieldType::bigint}};
}

// Errors of the machine, not of the data: nobody's record is to blame.
bool may_be_the_data(const Error& error) {
    return error.code == Code::invalid || error.code == Code::out_of_range;
}

// Computes every stored column of every row and keeps none.
std::string trying_sql(const TablePlan& plan, const std::string& sql) {
    std::string columns;
    for (const auto& column : plan.columns) columns += (columns.empty() ? "" : ", ") + quote_name(column.name);
    return fmt::format("SELECT bit_xor(hash({})) FROM ({})", columns, sql);
}

std::string utf8_or_escaped(const std::string& text) {
    return is_valid_utf8(text) ? text : "(bytes) " + hex_encode(as_bytes(text));
}

std::string quarantine_json(const Quarantined& bad) {
    JsonWriter json;
    json.begin_object();
    if (bad.record.key) json.key("key").string(base64_encode(*bad.record.key));
    if (bad.record.value) json.key("value").string(base64_encode(*bad.record.value));
    json.key("rule").string(bad.rule).key("message").string(utf8_or_escaped(bad.message)).end_object();
    return std::move(json).text();
}

}  // namespace

Cleaner::Cleaner(const TablePlan& plan, engine::Connection connection, std::filesystem::path staging)
    : plan_(plan),
      connection_(std::move(connection)),
      staging_(std::move(staging)),
      input_(plan.declaration.input),
      excluded_(excluded_fields()),
      quarantined_(quarantine_fields()) {}

Result<std::unique_ptr<Cleaner>> Cleaner::make(const TablePlan& plan, engine::Database& database,
                                               const std::filesystem::path& staging) {
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    std::unique_ptr<Cleaner> cleaner(
        new Cleaner(plan, std::move(connection), staging / (Uuid::random().text() + ".parquet")));
    PINFLOW_TRY(cleaner->prepare());
    return cleaner;
}

Result<> Cleaner::prepare() {
    PINFLOW_TRY(engine::register_batch(connection_, "input", input_));
    PINFLOW_TRY(engine::register_batch(connection_, "excluded", excluded_));
    PINFLOW_TRY(engine::register_batch(connection_, "quarantined", quarantined_));
    if (!plan_.failures_sql.empty()) {
        PINFLOW_ASSIGN(failures_, connection_.prepare(plan_.failures_sql));
    }
    if (!plan_.warnings_sql.empty()) {
        PINFLOW_ASSIGN(warnings_, connection_.prepare(plan_.warnings_sql));
    }
    PINFLOW_ASSIGN(try_all_, connection_.prepare(trying_sql(plan_, plan_.clean_sql)));
    PINFLOW_ASSIGN(try_remaining_, connection_.prepare(trying_sql(plan_, plan_.clean_remaining_sql)));
    if (plan_.declaration.partition_by.empty()) {
        PINFLOW_ASSIGN(write_all_, engine::ParquetWriter::prepare(connection_, plan_.clean_sql, staging_));
        PINFLOW_ASSIGN(write_remaining_,
                       engine::ParquetWriter::prepare(connection_, plan_.clean_remaining_sql, staging_));
    }
    PINFLOW_ASSIGN(write_quarantined_, engine::ParquetWriter::prepare(
                                           connection_, quarantine_sql(plan_.declaration.rule_version), staging_));
    return {};
}

void Cleaner::begin() {
    records_.clear();
    input_.clear();
}

void Cleaner::add(std::span<const engine::RecordIn> records) {
    for (const engine::RecordIn& record : records) {
        records_.push_back(record);
        input_.add(record);
    }
}

Result<> Cleaner::find_failures(std::vector<Quarantined>& into) {
    std::vector<uint32_t> numbers;
    std::set<uint32_t> seen;  // an array may fail in several elements, which come in any order
    excluded_count_ = 0;
    if (!failures_) return {};
    PINFLOW_ASSIGN(const engine::Rows rows, failures_->run());
    for (size_t row = 0; row < rows.row_count(); ++row) {
        const auto number = static_cast<uint32_t>(rows.int64(row, 0));
        if (!seen.insert(number).second) continue;
        const Expectation& rule = plan_.declaration.expectations[static_cast<size_t>(rows.int64(row, 1))];
        const engine::RecordIn& record = records_[number];
        if (rule.severity == Severity::stop) {
            return fail(Code::unavailable, "{} at offset {} of {}-{}: {}; it stops here, as the pipeline asks",
                        rule.rule, record.offset, record.topic, record.partition, rows.text(row, 2));
        }
        numbers.push_back(number);
        into.push_back({record, rule.rule, rows.text(row, 2)});
    }
    return exclude(numbers);
}

Result<> Cleaner::exclude(const std::vector<uint32_t>& numbers) {
    excluded_count_ = numbers.size();
    excluded_.clear();
    texts_.clear();
    for (const uint32_t number : numbers) {
        texts_.push_back(fmt::format("{{\"record\":{}}}", number));
        excluded_.add({.topic = "", .value = as_bytes(texts_.back())});
    }
    return {};
}

Result<std::vector<Quarantined>> Cleaner::judge() {
    std::vector<Quarantined> quarantined;
    for (const engine::Rejected& rejected : input_.rejected()) {
        quarantined.push_back({rejected.record, rejected.rule, rejected.message});
    }
    PINFLOW_TRY(find_failures(quarantined));
    return quarantined;
}

Result<Cleaned> Cleaner::write(const std::filesystem::path& clean_folder,
                               const std::filesystem::path& quarantine_folder) {
    Cleaned result;
    const size_t skipped = input_.skipped();
    std::vector<Quarantined> poison;
    auto quarantined = judge();
    auto files = quarantined ? write_clean(clean_folder) : std::unexpected(quarantined.error());
    if (!files && may_be_the_data(files.error())) {
        const Error first_error = files.error();
        PINFLOW_ASSIGN(poison, set_poison_aside());
        if (poison.empty()) return fail(first_error);
        quarantined = judge();
        files = quarantined ? write_clean(clean_folder) : std::unexpected(quarantined.error());
    }
    if (!files) return fail(files.error());
    result.clean = std::move(*files);
    for (const DataFile& file : result.clean) result.rows += file.file.row_count;
    if (excluded_count_ == 0 && result.rows != static_cast<int64_t>(input_.row_count())) {
        return fail(Code::unavailable, "{} made {} rows of {}: cleaning must give one row for each",
                    plan_.declaration.clean_file.string(), result.rows, input_.row_count());
    }
    PINFLOW_ASSIGN(result.warnings, count_warnings());
    std::ranges::move(poison, std::back_inserter(*quarantined));
    PINFLOW_ASSIGN(result.quarantine, write_quarantine(*quarantined, quarantine_folder));
    result.quarantined = static_cast<int64_t>(quarantined->size());
    result.skipped = static_cast<int64_t>(skipped);
    return result;
}

Result<int64_t> Cleaner::count_warnings() {
    if (!warnings_) return 0;
    PINFLOW_ASSIGN(const engine::Rows rows, warnings_->run());
    int64_t count = 0;
    for (size_t column = 0; column < rows.columns().size(); ++column) count += rows.int64(0, column);
    return count;
}

Result<std::vector<DataFile>> Cleaner::write_clean(const std::filesystem::path& folder) {
    std::vector<DataFile> files;
    if (input_.row_count() == 0) return files;
    if (!plan_.declaration.partition_by.empty()) return write_partitioned(folder);
    engine::ParquetWriter& writer = excluded_count_ > 0 ? *write_remaining_ : *write_all_;
    PINFLOW_ASSIGN(engine::ParquetFile file, writer.write(folder / delta::new_data_file_name()));
    if (file.row_count > 0) files.push_back({std::move(file), {}});
    return files;
}

// One file for each combination of partition values; the values stand in the folder's name, not in the file.
Result<std::vector<DataFile>> Cleaner::write_partitioned(const std::filesystem::path& folder) {
    const auto& columns = plan_.declaration.partition_by;
    std::string kept;
    for (const auto& column : plan_.clean_schema.columns) {
        if (std::ranges::find(columns, column.name) == columns.end())
            kept += (kept.empty() ? "" : ", ") + quote_name(column.name);
    }
    std::string texts;
    for (const auto& column : columns) {
        texts += fmt::format("{}CAST({} AS VARCHAR)", texts.empty() ? "" : ", ", quote_name(column));
    }
    PINFLOW_ASSIGN(const engine::Rows combinations,
                   connection_.query(fmt::format("SELECT DISTINCT {} FROM ({})", texts, remaining_sql())));
    std::vector<DataFile> files;
    for (size_t row = 0; row < combinations.row_count(); ++row) {
        DataFile file;
        std::string filter;
        for (size_t i = 0; i < columns.size(); ++i) {
            const bool null = combinations.is_null(row, i);
            if (!null)
                file.partition_values[columns[i]] = combinations.text(row, i);
            else
                file.partition_values[columns[i]] = std::nullopt;
            filter += fmt::format("{}CAST({} AS VARCHAR) IS NOT DISTINCT FROM {}", i == 0 ? "" : " AND ",
                                  quote_name(columns[i]), null ? "NULL" : quote_text(combinations.text(row, i)));
        }
        const auto place = folder / delta::partition_folder(columns, file.partition_values);
        std::error_code error;
        std::filesystem::create_directories(place, error);
        PINFLOW_ASSIGN(file.file,
                       engine::write_parquet(connection_,
                                             fmt::format("SELECT {} FROM ({}) WHERE {}", kept, remaining_sql(), filter),
                                             place / delta::new_data_file_name()));
        if (file.file.row_count > 0) files.push_back(std::move(file));
    }
    return files;
}

Result<std::optional<engine::ParquetFile>> Cleaner::write_quarantine(const std::vector<Quarantined>& quarantined,
                                                                     const std::filesystem::path& folder) {
    if (quarantined.empty()) return std::nullopt;
    quarantined_.clear();
    texts_.clear();
    for (const Quarantined& bad : quarantined) {
        texts_.push_back(quarantine_json(bad));
        engine::RecordIn record = bad.record;
        record.key.reset();
        record.value = as_bytes(texts_.back());
        quarantined_.add(record);
    }
    if (!quarantined_.rejected().empty()) {
        return fail(Code::internal, "a quarantined record could not be written down: {}",
                    quarantined_.rejected()[0].message);
    }
    PINFLOW_ASSIGN(engine::ParquetFile file, write_quarantined_->write(folder / delta::new_data_file_name()));
    return file;
}

// The SQL fails on some record: finds which by halving, and leaves the others parsed.
Result<std::vector<Quarantined>> Cleaner::set_poison_aside() {
    const std::vector<engine::RecordIn> all = records_;
    std::vector<Quarantined> poison;
    PINFLOW_TRY(find_poison(all, poison));
    std::vector<engine::RecordIn> good;
    size_t next = 0;
    for (const engine::RecordIn& record : all) {
        const bool bad = next < poison.size() && poison[next].record.offset == record.offset &&
                         poison[next].record.partition == record.partition && poison[next].record.topic == record.topic;
        if (bad)
            ++next;
        else
            good.push_back(record);
    }
    begin();
    add(good);
    return poison;
}

Result<> Cleaner::find_poison(std::span<const engine::RecordIn> records, std::vector<Quarantined>& into) {
    if (records.empty()) return {};
    const auto outcome = try_records(records);
    if (outcome) return {};
    if (!may_be_the_data(outcome.error())) return outcome;
    if (records.size() == 1) {
        into.push_back({records[0], std::string(rule_sql), outcome.error().message});
        return {};
    }
    PINFLOW_TRY(find_poison(records.first(records.size() / 2), into));
    return find_poison(records.subspan(records.size() / 2), into);
}

Result<> Cleaner::try_records(std::span<const engine::RecordIn> records) {
    begin();
    add(records);
    std::vector<Quarantined> ignored;
    PINFLOW_TRY(find_failures(ignored));
    PINFLOW_TRY((excluded_count_ > 0 ? try_remaining_ : try_all_)->run());
    return {};
}

Result<std::unique_ptr<Cleaner>> CleanerPool::acquire(const TablePlan& plan) {
    {
        const std::scoped_lock lock(mutex_);
        for (auto& cleaner : free_) {
            const TablePlan& have = cleaner->plan();
            if (have.pipeline != plan.pipeline || have.declaration.kind != plan.declaration.kind ||
                have.declaration.rule_version != plan.declaration.rule_version) {
                continue;
            }
            std::swap(cleaner, free_.back());
            auto taken = std::move(free_.back());
            free_.pop_back();
            return taken;
        }
    }
    return Cleaner::make(plan, *database_, staging_);
}

void CleanerPool::release(std::unique_ptr<Cleaner> cleaner) {
    if (cleaner->memory_bytes() > most_kept_bytes) return;
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(cleaner));
}

}  // namespace pinflow::sink
