#include "kinesis/subscriptions.h"

#include <algorithm>
#include <vector>

namespace pinflow::kinesis {

bool Subscriptions::enter(const Key& key, const std::shared_ptr<Subscriber>& who, int64_t now_ms) {
    std::shared_ptr<Subscriber> older;
    {
        const std::scoped_lock lock(mutex_);
        if (remembers_) forget(now_ms);
        Open& open = open_[key];
        older = open.who.lock();
        const bool counts = older || (remembers_ && open.address != nullptr);
        if (counts && now_ms - open.since_ms < takeover_ms) return false;
        open = {who, who.get(), now_ms};
    }
    if (older) older->superseded();
    return true;
}

void Subscriptions::leave(const Key& key, const Subscriber* who) {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(key);
    if (found == open_.end() || found->second.address != who) return;
    if (remembers_)
        found->second.who.reset();
    else
        open_.erase(found);
}

// mutex_ is held.
void Subscriptions::forget(int64_t now_ms) {
    if (open_.size() < forget_at_) return;
    std::erase_if(open_, [&](const auto& each) {
        return each.second.who.expired() && now_ms - each.second.since_ms >= takeover_ms;
    });
    forget_at_ = std::max<size_t>(1024, open_.size() * 2);
}

void Subscriptions::stream_changed(const Uuid& stream) {
    std::vector<std::shared_ptr<Subscriber>> told;
    {
        const std::scoped_lock lock(mutex_);
        for (auto each = open_.lower_bound({.stream = stream}); each != open_.end() && each->first.stream == stream;
             ++each)
            if (auto who = each->second.who.lock()) told.push_back(std::move(who));
    }
    for (const auto& who : told) who->stream_changed();
}

}  // namespace pinflow::kinesis
