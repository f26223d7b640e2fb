// Which task of a connector has which partition.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "log/partition.h"

namespace pinflow::connect {

using PartitionPtr = std::shared_ptr<log::Partition>;
using Shares = std::vector<std::vector<PartitionPtr>>;  // by task

// The shares of `present`, which is in order, as even as can be without taking anything from a task: another would
// begin with it while it still writes there. Nor does a topic of the same name that came since go to another.
Shares share_out(const Shares& held, const std::vector<PartitionPtr>& present);

}  // namespace pinflow::connect
