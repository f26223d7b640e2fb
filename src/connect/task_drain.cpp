// TaskRun's part in a drain: what is awaited, what the task ends for it, what is safe.
#include "connect/task_run.h"

namespace pinflow::connect {

void TaskRun::hurry(const std::map<PartitionPtr, int64_t>& ends) {
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [partition, end] : ends) {
            const auto found = std::ranges::find(followed_, partition, &Followed::partition);
            if (found == followed_.end() || (*found)->safe_end >= end) continue;
            int64_t& awaited = awaited_[partition];
            awaited = std::max(awaited, end);
        }
    }
    if (const auto scheduler = site_.scheduler.lock()) scheduler->wake(this);
}

int64_t TaskRun::safe_end(const PartitionPtr& partition) const {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(followed_, partition, &Followed::partition);
    return found == followed_.end() ? -1 : (*found)->safe_end;
}

// Once for each end: records that come meanwhile are not cut off one by one.
void TaskRun::end_what_is_awaited() {
    std::map<PartitionPtr, int64_t> awaited;
    {
        const std::scoped_lock lock(mutex_);
        awaited = awaited_;
    }
    for (const FollowedPtr& each : followed_) {
        const auto end = awaited.find(each->partition);
        if (end == awaited.end() || each->next < std::max(end->second, each->first_end)) continue;
        int64_t& ended_for = ended_for_[each->partition];
        if (ended_for < end->second && task_->end_open(each->name)) ended_for = end->second;
    }
    if (awaited.empty()) ended_for_.clear();
}

// Behind the last record there may be markers of transactions, which no position speaks of.
void TaskRun::note_safe_ends() {
    const std::scoped_lock lock(mutex_);
    status_.trouble = commit_trouble_.empty() ? task_->trouble() : commit_trouble_;
    if (awaited_.empty()) return;
    for (const FollowedPtr& each : followed_) {
        const int64_t committed = each->hold->offset();
        each->safe_end = each->given_end < 0 || committed >= each->given_end ? each->next : committed;
    }
    const auto is_over = [this](const auto& entry) {
        const auto found = std::ranges::find(followed_, entry.first, &Followed::partition);
        return found == followed_.end() || (*found)->safe_end >= entry.second;
    };
    std::erase_if(awaited_, is_over);
}

}  // namespace pinflow::connect
