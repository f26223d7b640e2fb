// One partition's records from the connector's objects, each object as a whole before the next.
#pragma once
#include <span>

#include "importer/counted_lines.h"
#include "importer/object_history.h"
#include "importer/object_offsets.h"

namespace pinflow::importer {

class ObjectHistoryReader final : public sink::RawReader {
  public:
    // `places` in the order of offsets, the first not behind `from`. All references outlive the reader.
    ObjectHistoryReader(objects::ObjectStore& store, std::span<const ObjectHistory::Place> places,
                        const ObjectHistory::Beside& all_beside, std::string partition, int64_t from, int64_t to,
                        sink::KnownRecords& known);

    Result<bool> next(sink::RawRecord& record) override;

  private:
    Result<bool> begin();
    Result<> end();
    Result<> read_line(Row& row);
    Result<> look_up(const ObjectExtent& extent);
    int64_t time_of(int64_t offset);

    objects::ObjectStore& store_;
    std::span<const ObjectHistory::Place> places_;  // what is left, the open one not among them
    const ObjectHistory::Beside& all_beside_;
    const std::string partition_;
    const int64_t from_;
    const int64_t to_;
    sink::KnownRecords& known_;

    std::unique_ptr<CountedLines> lines_;  // of the object that is read; null: none is
    std::unique_ptr<BesideReader> beside_;
    std::vector<PlacedRecord> placed_;
    size_t at_ = 0;                             // in placed_
    std::vector<sink::KnownRecord> of_object_;  // what the table has of its range
    std::span<const sink::KnownRecord> times_;  // of these, what is not behind us
    std::optional<int64_t> time_ms_;            // of the record before
    int64_t written_ms_ = 0;                    // the object
};

}  // namespace pinflow::importer
