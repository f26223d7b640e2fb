// Turns parsed records into files: one of clean rows (or one for each partition value) and one of what was quarantined.
// Holds a connection and prepared statements for one kind of table; any table of the kind may use it, one at a time.
#pragma once
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "delta/actions.h"
#include "engine/database.h"
#include "engine/json_columns.h"
#include "engine/parquet_writer.h"
#include "sink/table_plan.h"

namespace pinflow::sink {

struct Quarantined {
    engine::RecordIn record;
    std::string rule;
    std::string message;
};

struct DataFile {
    engine::ParquetFile file;
    delta::PartitionValues partition_values;
};

struct Cleaned {
    std::vector<DataFile> clean;
    std::optional<engine::ParquetFile> quarantine;
    int64_t rows = 0;
    int64_t quarantined = 0;
    int64_t skipped = 0;
    int64_t warnings = 0;
    int64_t duplicates = 0;                      // rows that the table has already, see unique_rows.h
    std::optional<int64_t> judged_version = {};  // of the table that duplicates were looked for in
};

inline constexpr std::string_view rule_sql = "sql";  // the cleaning SQL itself failed on this record

// Errors of the data, not of the machine: some record is to blame.
inline bool may_be_the_data(const Error& error) {
    return error.code == Code::invalid || error.code == Code::out_of_range;
}

class Cleaner {
  public:
    // `staging`: an existing folder on the file system of the tables.
    static Result<std::unique_ptr<Cleaner>> make(const TablePlan& plan, engine::Database& database,
                                                 const std::filesystem::path& staging);

    // A batch: begin(), then add() as often as wanted. The records' bytes stay alive until write() returns.
    void begin();
    void add(std::span<const engine::RecordIn> records);
    // Files are written, not synced. Code::unavailable: an expectation with severity "stop" failed (the message names
    // it and the record).
    Result<Cleaned> write(const std::filesystem::path& clean_folder, const std::filesystem::path& quarantine_folder);

    // For trying a pipeline without writing: what would be quarantined, and the batch to be queried.
    Result<std::vector<Quarantined>> judge();
    engine::Connection& connection() { return connection_; }
    const TablePlan& plan() const { return plan_; }
    std::string remaining_sql() const { return excluded_count_ > 0 ? plan_.clean_remaining_sql : plan_.clean_sql; }
    size_t row_count() const { return input_.row_count(); }
    size_t skipped() const { return input_.skipped(); }
    const std::vector<std::string_view>& rescued() const { return input_.rescued(); }
    size_t memory_bytes() const { return input_.memory_bytes() + quarantined_.memory_bytes(); }

  private:
    Cleaner(const TablePlan& plan, engine::Database& database, engine::Connection connection,
            std::filesystem::path staging);
    Result<> prepare();
    Result<> find_failures(std::vector<Quarantined>& into);
    Result<> exclude(const std::vector<uint32_t>& numbers);
    struct Rows {
        std::vector<DataFile> files;
        std::vector<Quarantined> quarantined;
    };
    Result<Rows> write_rows(const std::filesystem::path& folder);
    Result<bool> write_passing(const std::filesystem::path& folder, Rows& into);
    Result<std::vector<DataFile>> write_clean(const std::filesystem::path& folder);
    std::vector<Quarantined> rejected() const;
    Result<> check_row_count(const Rows& written) const;
    bool one_row_each() const;  // no record is an array of several
    Result<> collect_partitions();
    Result<std::vector<DataFile>> write_partitioned(const std::filesystem::path& folder);
    Result<DataFile> write_partition(const engine::Rows& combinations, size_t row, const std::filesystem::path& folder);
    Result<std::optional<engine::ParquetFile>> write_quarantine(const std::vector<Quarantined>& quarantined,
                                                                const std::filesystem::path& folder);
    Result<> forget_quarantined(std::vector<Quarantined>& quarantined);
    Result<std::vector<Quarantined>> set_poison_aside();
    Result<> find_poison(std::span<const engine::RecordIn> records, std::vector<Quarantined>& into);
    Result<> try_records(std::span<const engine::RecordIn> records);
    Result<int64_t> count_warnings();

    TablePlan plan_;
    engine::Database* database_;
    engine::Connection connection_;
    std::filesystem::path staging_;
    std::vector<engine::RecordIn> records_;  // what was parsed
    engine::JsonColumns input_;
    engine::JsonColumns excluded_;
    engine::JsonColumns quarantined_;
    std::deque<std::string> texts_;  // that excluded_ and quarantined_ look at
    size_t excluded_count_ = 0;
    size_t failed_rows_ = 0;
    std::optional<engine::Statement> failures_;
    std::optional<engine::Statement> warnings_;
    std::optional<engine::Statement> try_all_;
    std::optional<engine::Statement> try_remaining_;
    std::optional<engine::ParquetWriter> write_all_;
    std::optional<engine::ParquetWriter> write_passing_;
    std::optional<engine::ParquetWriter> write_remaining_;
    std::optional<engine::ParquetWriter> write_quarantined_;
};

// Cleaners that are free, by plan. Those that an unusual batch made large are not kept. Thread-safe.
class CleanerPool {
  public:
    CleanerPool(std::shared_ptr<engine::Database> database, std::filesystem::path staging)
        : database_(std::move(database)), staging_(std::move(staging)) {}
    Result<std::unique_ptr<Cleaner>> acquire(const TablePlan& plan);
    void release(std::unique_ptr<Cleaner> cleaner);
    void clear();

  private:
    std::shared_ptr<engine::Database> database_;
    std::filesystem::path staging_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Cleaner>> free_;
};

}  // namespace pinflow::sink
