// What one Fetch reads: batches of its partitions, until they are as many as it wants. One thread at a time.
#pragma once
#include <memory>
#include <vector>

#include "kafka/handler.h"
#include "kafka/messages_data.h"

namespace pinflow::kafka {

class FetchRead {
  public:
    struct Part {
        std::shared_ptr<log::Partition> partition;
        int64_t from = 0;
        int64_t next = 0;
        size_t left = 0;  // of partition_max_bytes
        bool full = false;
        FetchResponse::Partition* answer = nullptr;
        uint64_t wake = 0;  // whom the partition calls when it grows
    };

    // The request and the answers must outlive it.
    FetchRead(Door& door, const FetchRequest& request, int16_t version);

    log::Isolation isolation() const { return isolation_; }
    std::vector<Part>& parts() { return parts_; }
    void add(std::shared_ptr<log::Partition> partition, const FetchRequest::Partition& wanted,
             FetchResponse::Partition& into);
    void fail() { failed_ = true; }  // something is to be told at once

    bool is_far_behind() const;  // what is next may lie on the disk alone
    void read();                 // what there is now; waits for the disk
    bool is_enough() const;
    bool is_starved() const { return starved_; }  // there was no memory for more
    void finish();                                // fills in what the answers tell beside the batches
    size_t bytes() const { return bytes_; }

  private:
    void read(Part& part);
    void take(Part& part, size_t left, log::Fetched& fetched);
    void keep(Part& part, log::Fetched& fetched);
    void refuse(Part& part, ErrorCode code);
    void fill_in(const Part& part) const;

    Door& door_;
    const int16_t version_;
    const log::Isolation isolation_;
    const size_t min_bytes_;
    const size_t limit_;
    std::vector<Part> parts_;
    size_t bytes_ = 0;
    bool failed_ = false;
    bool starved_ = false;
};

}  // namespace pinflow::kafka
