#include "sink/cleaner.h"

#include <set>

#include "base/uuid.h"
#include "engine/batch_function.h"

namespace pinflow::sink {
namespace {

using engine::quote_name;

constexpr size_t most_kept_bytes = 128 << 20;

std::vector<engine::Field> excluded_fields() {
    return {{"record", engine::FieldType::bigint}};
}

// Computes every stored column of every row and keeps none.
std::string trying_sql(const TablePlan& plan, const std::string& sql) {
    std::string columns;
    for (const auto& column : plan.columns) columns += (columns.empty() ? "" : ", ") + quote_name(column.name);
    return fmt::format("SELECT bit_xor(hash({})) FROM ({})", columns, sql);
}

}  // namespace

Cleaner::Cleaner(const TablePlan& plan, engine::Database& database, engine::Connection connection,
                 std::filesystem::path staging)
    : plan_(plan),
      database_(&database),
      connection_(std::move(connection)),
      staging_(std::move(staging)),
      input_(input_fields(plan), rescues(plan.declaration)),
      excluded_(excluded_fields()),
      quarantined_(quarantine_fields()) {}

Result<std::unique_ptr<Cleaner>> Cleaner::make(const TablePlan& plan, engine::Database& database,
                                               const std::filesystem::path& staging) {
    PINFLOW_ASSIGN(engine::Connection connection, database.connect());
    std::unique_ptr<Cleaner> cleaner(
        new Cleaner(plan, database, std::move(connection), staging / (Uuid::random().text() + ".parquet")));
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
    const engine::ParquetOptions options{.compression = plan_.declaration.settings.compression};
    if (plan_.declaration.partition_by.empty()) {
        if (!plan_.clean_passing_sql.empty()) {
            PINFLOW_ASSIGN(write_passing_,
                           engine::ParquetWriter::prepare(connection_, plan_.clean_passing_sql, staging_, options));
        }
        PINFLOW_ASSIGN(write_all_, engine::ParquetWriter::prepare(connection_, plan_.clean_sql, staging_, options));
        PINFLOW_ASSIGN(write_remaining_,
                       engine::ParquetWriter::prepare(connection_, plan_.clean_remaining_sql, staging_, options));
    }
    PINFLOW_ASSIGN(
        write_quarantined_,
        engine::ParquetWriter::prepare(connection_, quarantine_sql(plan_.declaration.rule_version), staging_, options));
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
    failed_rows_ = 0;
    if (!failures_) return {};
    PINFLOW_ASSIGN(const engine::Rows rows, failures_->run());
    failed_rows_ = rows.row_count();
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
    auto quarantined = rejected();
    PINFLOW_TRY(find_failures(quarantined));
    return quarantined;
}

std::vector<Quarantined> Cleaner::rejected() const {
    std::vector<Quarantined> quarantined;
    for (const engine::Rejected& rejected : input_.rejected()) {
        quarantined.push_back({rejected.record, rejected.rule, rejected.message});
    }
    return quarantined;
}

Result<Cleaned> Cleaner::write(const std::filesystem::path& clean_folder,
                               const std::filesystem::path& quarantine_folder) {
    std::vector<Quarantined> quarantined;
    PINFLOW_ASSIGN(Cleaned result, write(clean_folder, quarantined));
    PINFLOW_ASSIGN(result.quarantine, write_quarantine(quarantined, quarantine_folder));
    return result;
}

Result<Cleaned> Cleaner::write(const std::filesystem::path& clean_folder, std::vector<Quarantined>& quarantined) {
    Cleaned result;
    const size_t skipped = input_.skipped();
    std::vector<Quarantined> poison;
    auto written = write_rows(clean_folder);
    if (!written && may_be_the_data(written.error())) {
        const Error first_error = written.error();
        PINFLOW_ASSIGN(poison, set_poison_aside());
        if (poison.empty()) return fail(first_error);
        written = write_rows(clean_folder);
    }
    if (!written) return fail(written.error());
    PINFLOW_TRY(check_row_count(*written));
    result.clean = std::move(written->files);
    for (const DataFile& file : result.clean) result.rows += file.file.row_count;
    PINFLOW_ASSIGN(result.warnings, count_warnings());
    quarantined = std::move(written->quarantined);
    std::ranges::move(poison, std::back_inserter(quarantined));
    PINFLOW_TRY(forget_quarantined(quarantined));
    result.quarantined = static_cast<int64_t>(quarantined.size());
    result.skipped = static_cast<int64_t>(skipped);
    return result;
}

Result<> Cleaner::check_row_count(const Rows& written) const {
    if (!plan_.forget.empty()) return {};                   // fewer rows are what it is for
    if (excluded_count_ > 0 && !one_row_each()) return {};  // rows that went through had to go with those that failed
    auto rows = static_cast<int64_t>(failed_rows_);
    for (const DataFile& file : written.files) rows += file.file.row_count;
    if (rows == static_cast<int64_t>(input_.row_count())) return {};
    return fail(Code::unavailable, "{} made {} rows of {}: cleaning must give one row for each",
                plan_.declaration.clean_file.string(), rows, input_.row_count());
}

bool Cleaner::one_row_each() const {
    return input_.row_count() + input_.rejected().size() + input_.skipped() == input_.record_count();
}

Result<int64_t> Cleaner::count_warnings() {
    if (!warnings_) return 0;
    PINFLOW_ASSIGN(const engine::Rows rows, warnings_->run());
    int64_t count = 0;
    for (size_t column = 0; column < rows.columns().size(); ++column) count += rows.int64(0, column);
    return count;
}

Result<std::unique_ptr<Cleaner>> CleanerPool::acquire(const TablePlan& plan) {
    {
        const std::scoped_lock lock(mutex_);
        for (auto& cleaner : free_) {
            const TablePlan& have = cleaner->plan();
            if (have.pipeline != plan.pipeline || have.declaration.kind != plan.declaration.kind ||
                have.declaration.rule_version != plan.declaration.rule_version ||
                have.new_columns != plan.new_columns || have.forget != plan.forget) {
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

void CleanerPool::clear() {
    const std::scoped_lock lock(mutex_);
    free_.clear();
}

void CleanerPool::release(std::unique_ptr<Cleaner> cleaner) {
    if (cleaner->memory_bytes() > most_kept_bytes) return;
    const std::scoped_lock lock(mutex_);
    free_.push_back(std::move(cleaner));
}

}  // namespace pinflow::sink
