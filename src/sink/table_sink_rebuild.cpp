// What a rebuild needs of the table that goes on beside it: where it stands, by which rules, and a moment's silence.
#include "sink/table_sink.h"

namespace pinflow::sink {

Result<std::vector<TableSink::Source>> TableSink::sources() const {
    const std::scoped_lock lock(mutex_);
    if (!store_) return fail(Code::unavailable, "table {} is not open: {}", table_, status_.message);
    std::vector<Source> sources;
    for (const auto& followed : followed_) {
        sources.push_back({.topic = followed->topic,
                           .partition = followed->partition,
                           .app_id = followed->app_id,
                           .keyed = followed->keyed,
                           .position = store_->position(followed->app_id)});
    }
    return sources;
}

Result<std::shared_ptr<const TablePlan>> TableSink::plan_from(const std::map<std::string, int64_t>& offsets) {
    std::vector<std::shared_ptr<Followed>> sources;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& followed : followed_) {
            const auto from = offsets.find(followed->app_id);
            if (from == offsets.end()) continue;
            sources.push_back(std::make_shared<Followed>(*followed));
            sources.back()->next = from->second;
        }
    }
    return plan_for(sources);
}

void TableSink::pause() {
    std::unique_lock lock(mutex_);
    still_.wait(lock, [this] { return !paused_; });  // one at a time
    paused_ = true;
    still_.wait(lock, [this] { return !opening_ && !reading_ && !writing_ && !keeping_; });
}

void TableSink::resume() {
    {
        const std::scoped_lock lock(mutex_);
        paused_ = false;
        unfinished_ = store_->is_unfinished();
        if (!unfinished_) start_over();  // the table may be elsewhere, and may have other columns
    }
    still_.notify_all();
    changed_();
}

}  // namespace pinflow::sink
