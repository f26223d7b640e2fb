// Which task of a connector has which partition.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "log/partition.h"

namespace pinflow::connect {

using PartitionPtr = std::shared_ptr<log::Partition>;
using Shares = std::vector<std::vector<PartitionPtr>>;  // by task

// The shares of `present`, which is in order, as even as can be: what a task has stays with it, as long as the others
// have as much.
Shares share_out(Shares held, const std::vector<PartitionPtr>& present);

}  // namespace pinflow::connect
