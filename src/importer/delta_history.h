// A raw Delta table, as Spark's Kafka source writes it, as what a rebuild reads before the log's start
// (docs/rebuild.md, "A raw Delta table").
#pragma once
#include "importer/delta_place.h"
#include "sink/raw_history.h"

namespace pinflow::importer {

class DeltaHistory final : public sink::RawHistory {
  public:
    // Its newest version. unsupported: it has not the columns.
    static Result<std::unique_ptr<sink::RawHistory>> open(DeltaPlace place);

    std::string where() const override { return table_->where(); }
    Result<std::optional<int64_t>> first_offset(const std::string& topic, int32_t partition) override;
    Result<std::unique_ptr<sink::RawReader>> read(const std::string& topic, int32_t partition, int64_t from, int64_t to,
                                                  sink::KnownRecords& known) override;

    // offset, time in microseconds, key and value of the partition's records, in the order of offsets.
    Result<engine::Rows> records(const std::string& topic, int32_t partition, int64_t from, int64_t to);
    bool has_keys() const { return !key_.empty(); }

  private:
    explicit DeltaHistory(DeltaPlace place) : place_(std::move(place)) {}
    Result<> find_columns();
    Result<engine::Rows> ask(const delta::Snapshot& snapshot, const std::string& select, const std::string& rest);
    std::string of_partition(const std::string& topic, int32_t partition) const;

    DeltaPlace place_;
    std::unique_ptr<delta::Table> table_;
    delta::SnapshotPtr snapshot_;
    std::string topic_, partition_, offset_, time_, key_, value_;  // the columns, as SQL
    std::string offset_name_;                                      // as statistics name it
};

}  // namespace pinflow::importer
