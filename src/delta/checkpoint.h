// Checkpoints: all that counts at one version. Written is the classic kind ("V1"), one Parquet file; read are those of
// several parts and the kind "V2", a Parquet or JSON file with sidecars, too.
#pragma once
#include "delta/table.h"

namespace pinflow::delta {

// Writes the checkpoint of `snapshot` and then `_last_checkpoint`. Tombstones deleted before `tombstones_from_ms` are
// left out.
Result<> write_checkpoint(const Environment& environment, TableFiles& files, const Snapshot& snapshot,
                          int64_t tombstones_from_ms);

// `names`: the checkpoint's files in the log folder; more than one if another writer split it. Sidecars go by
// themselves.
Result<Snapshot> read_checkpoint(const Environment& environment, TableFiles& files, int64_t version,
                                 const std::vector<std::string>& names);

}  // namespace pinflow::delta
