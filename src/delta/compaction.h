// Which small files to write together. Size-tiered: files of about one size are merged `fan_in` at a time, so that a
// byte is rewritten about log(target / first size) / log(fan_in) times and the number of live files stays bounded.
#pragma once
#include <vector>

#include "delta/snapshot.h"

namespace pinflow::delta {

struct CompactionPolicy {
    int64_t target_bytes = 128LL << 20;  // no output is planned much larger
    int64_t enough_bytes = 16LL << 20;   // a file this large is left alone: a full load's files are not written twice
    size_t fan_in = 32;                  // files of one tier that make a merge worth its while
    bool everything = false;             // merge whatever is below the target, as OPTIMIZE does
};

// Files of one partition, oldest first, to be rewritten as one file by Table::replace.
struct CompactionJob {
    PartitionValues partition_values;
    std::vector<FileSet::Pointer> files;
    int64_t size_bytes = 0;
};

// The most rewarding first. Never plans a job of one file.
std::vector<CompactionJob> plan_compaction(const Snapshot& snapshot, const CompactionPolicy& policy);

}  // namespace pinflow::delta
