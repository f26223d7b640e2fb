// What a Table keeps; private to table*.cpp.
#pragma once
#include <deque>
#include <set>

#include "delta/table.h"

namespace pinflow::delta {

struct Table::KnownCommit {
    int64_t version = 0;
    std::string identity;          // of its file
    std::optional<Commit> commit;  // if it is ours
};

// When the whole log was last looked at, by both clocks: the steady one stands still while a machine sleeps.
struct Listed {
    int64_t steady_ms = 0, wall_ms = 0;

    static Listed now(const Clock& clock) { return {clock.steady_ms(), clock.wall_ms()}; }
    // How long we trust that the next version is the one behind the last we know: another writer's log cleanup could
    // leave a gap that a commit of ours must not fill. A wall clock that was set back says nothing.
    bool is_recent(const Listed& then) const {
        constexpr int64_t relist_after_ms = 10 * 60 * 1000;
        const int64_t passed_ms = then.wall_ms - wall_ms;
        return then.steady_ms - steady_ms < relist_after_ms && passed_ms >= 0 && passed_ms < relist_after_ms;
    }
};

struct Table::State {
    std::mutex writing;          // commits and refreshes, one after the other
    std::mutex upkeep;           // maintenance, one after the other
    mutable std::mutex pointer;  // guards `current` alone, for a moment only
    SnapshotPtr current;

    // Under `writing`:
    std::unordered_map<std::string, int64_t> last_commits;  // newest commit seen, by application
    bool unsure = false;                    // a commit of ours is in the folder, but syncing the folder failed
    Listed listed;                          // the last look at the whole log
    std::deque<KnownCommit> known_commits;  // the newest
    std::deque<KnownCommit> lost;           // ours, written over by others and not brought back yet
    int64_t check_known_at_ms = 0;          // steady time of the next look at them
    bool is_overwritten = false;            // the log is to be read anew, and what was lost to be brought back

    std::set<std::string> told;  // under `upkeep`: retentions that cannot be read

    std::atomic<int64_t> checkpoint_version{-1};

    SnapshotPtr get() const {
        const std::scoped_lock lock(pointer);
        return current;
    }
    void set(Snapshot snapshot) {
        auto next = std::make_shared<const Snapshot>(std::move(snapshot));
        const std::scoped_lock lock(pointer);
        current.swap(next);
    }
    void note(const std::vector<Action>& actions, int64_t version) {
        for (const Action& action : actions) {
            if (const Txn* txn = std::get_if<Txn>(&action)) last_commits[txn->app_id] = version;
        }
    }
};

}  // namespace pinflow::delta
