// One version of a Delta table: each row is a JSON object, in the order of the table's files.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "importer/delta_place.h"
#include "importer/source.h"

namespace pinflow::importer {

class DeltaSource : public Source {
  public:
    // `version`: nothing, the newest; an import that goes on takes the one it began with.
    static Result<std::unique_ptr<Source>> open(DeltaPlace place, std::string name, std::optional<int64_t> version);
    ~DeltaSource() override;

    std::string name() const override { return name_; }
    Result<int32_t> partitions() override { return 1; }
    Result<> resume(int32_t partition, const Cursor& cursor) override;
    Result<Got> next(Row& row) override;
    Cursor cursor(int32_t partition) const override;
    std::string progress() const override;

  private:
    DeltaSource(DeltaPlace place, std::string name) : place_(std::move(place)), name_(std::move(name)) {}
    Result<> start();
    Result<> run(const delta::Snapshot& snapshot);
    Result<> read(const delta::Snapshot& snapshot);
    Result<> add(std::string_view piece);

    static constexpr size_t most_waiting_pieces = 16;  // of about 64 KiB

    DeltaPlace place_;
    const std::string name_;
    std::unique_ptr<delta::Table> table_;
    std::optional<int64_t> version_;
    int64_t skip_ = 0;   // rows that an earlier run has brought
    int64_t count_ = 0;  // rows given, those too
    std::string piece_;  // lines being given
    size_t at_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> waiting_;
    std::optional<Result<>> ended_;  // the query
    bool is_abandoned_ = false;
    std::jthread reader_;  // DuckDB pushes rows, an import pulls them
};

}  // namespace pinflow::importer
