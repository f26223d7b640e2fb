// Which records of one partition a table and its quarantine have rows of, looked up by ranges of offsets.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "sink/raw_history.h"
#include "sink/table_scan.h"
#include "sink/table_sink.h"

namespace pinflow::sink {

class TableRecords final : public KnownRecords {
  public:
    // The sink outlives it.
    TableRecords(TableSink& sink, std::string topic, int32_t partition)
        : sink_(sink), topic_(std::move(topic)), partition_(partition) {}

    Result<std::span<const KnownRecord>> between(int64_t from, int64_t to) override;
    Result<KeyAndValue> unreadable(int64_t offset) override;

  private:
    Result<> look(int64_t from, int64_t to);
    Result<TableScan> scan(engine::Connection& connection, delta::Table& table, int64_t from, int64_t to) const;
    std::string condition(int64_t from, int64_t to) const;

    TableSink& sink_;
    const std::string topic_;
    const int32_t partition_;
    int64_t from_ = 0;  // what known_ covers
    int64_t to_ = 0;
    std::vector<KnownRecord> known_;
    std::optional<engine::Rows> unreadable_;
};

}  // namespace pinflow::sink
