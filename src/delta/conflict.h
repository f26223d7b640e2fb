// What happens to a commit that lost its version to another writer's (docs/delta.md, "When two writers meet").
#pragma once
#include "delta/table.h"

namespace pinflow::delta {

enum class Guard { go, already_there };
// Before the first try: are the commit's positions still ahead of the table's? conflict: some are and some are not, or
// one is not where the caller thinks.
Result<Guard> check_positions(const Commit& commit, const Snapshot& snapshot);

// unsupported or invalid: what the table's properties, schema and protocol forbid.
Result<> check_allowed(const Commit& commit, const Snapshot& snapshot);

// May the commit go behind `winner`, which took version `version`? `before` is the snapshot without the winner.
Result<> check_winner(const Commit& commit, const Snapshot& before, int64_t version, const std::vector<Action>& winner);

}  // namespace pinflow::delta
