// One partition's records from a raw Delta table, a range of offsets at a time.
#pragma once
#include <optional>

#include "importer/delta_history.h"

namespace pinflow::importer {

class DeltaHistoryReader final : public sink::RawReader {
  public:
    // All references outlive the reader.
    DeltaHistoryReader(DeltaHistory& history, std::string topic, int32_t partition, int64_t from, int64_t to,
                       sink::KnownRecords& known)
        : history_(history), topic_(std::move(topic)), partition_(partition), next_(from), to_(to), known_(known) {}

    Result<bool> next(sink::RawRecord& record) override;

  private:
    Result<> look();
    Result<> check_none_is_missing(int64_t from, int64_t to);
    sink::KeyAndValue bytes_at(size_t row) const;
    void choose_range();

    DeltaHistory& history_;
    const std::string topic_;
    const int32_t partition_;
    int64_t next_;  // offset, to be looked for
    const int64_t to_;
    sink::KnownRecords& known_;
    int64_t range_ = 256;  // offsets at a time
    std::optional<engine::Rows> rows_;
    size_t at_ = 0;
};

}  // namespace pinflow::importer
