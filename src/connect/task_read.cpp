// TaskRun's way from the log to its task.
#include <spdlog/spdlog.h>

#include "connect/task_run.h"

namespace pinflow::connect {
namespace {

constexpr size_t chunk_bytes = size_t{1} << 20;  // of one partition before the next has its turn

size_t size_of_first(Bytes batches) {
    return std::min(batches.size(), log::BatchHeader::load(batches.data()).size());
}

bool is_compressed(Bytes batches) {
    return log::BatchHeader::load(batches.data()).compression() != log::Compression::none;
}

}  // namespace

Result<> TaskRun::follow(std::vector<PartitionPtr> added) {
    std::vector<FollowedPtr> more;
    std::vector<TopicPartition> names;
    for (PartitionPtr& partition : added) {
        auto followed = std::make_shared<Followed>();
        followed->name = {partition->topic(), partition->index()};
        followed->hold = partition->hold(partition->start_offset());
        followed->first_end = partition->last_stable_offset();
        followed->partition = std::move(partition);
        names.push_back(followed->name);
        more.push_back(std::move(followed));
    }
    PINFLOW_ASSIGN(const auto known, task_->open(names));
    const Offsets committed = positions_.of(names);
    for (const FollowedPtr& each : more) {
        const auto own = std::ranges::find(known, each->name, &Position::of);
        const auto group = committed.find(each->name);
        if (own != known.end()) {
            each->next = own->next_offset;
        } else if (group != committed.end()) {
            each->next = group->second;
        } else {
            PINFLOW_ASSIGN(each->next, start_of(each->name, *each->partition));
        }
        each->hold->advance(each->next);
    }
    const std::scoped_lock lock(mutex_);
    followed_.insert(followed_.end(), more.begin(), more.end());
    return {};
}

Result<int64_t> TaskRun::start_of(const TopicPartition& name, const log::Partition& partition) const {
    switch (setup_.reset) {
        case Reset::earliest:
            return partition.start_offset();
        case Reset::latest:
            return partition.last_stable_offset();
        case Reset::none:
            return fail(Code::out_of_range,
                        "Undefined offset with no reset policy for partition {}-{}: auto.offset.reset is none, and the "
                        "consumer group {} has no offset that there are records at",
                        name.topic, name.partition, setup_.group);
    }
    std::unreachable();
}

// A position outside of what is kept: retention or a purge was faster, or the log is another one.
Result<> TaskRun::catch_up(Followed& followed) {
    const int64_t first = followed.partition->start_offset(), end = followed.partition->end_offset();
    if (followed.next >= first && followed.next <= end) return {};
    PINFLOW_ASSIGN(const int64_t from, start_of(followed.name, *followed.partition));
    spdlog::warn(
        "connector {}: task {} wants {}-{} from offset {}, but there are records from {} to {} only: it goes "
        "on at {}{}",
        setup_.connector, setup_.id, followed.name.topic, followed.name.partition, followed.next, first, end, from,
        followed.next < first ? "; what was removed in between is lost to it" : "");
    followed.next = from;
    followed.hold->advance(from);
    return {};
}

Result<bool> TaskRun::read(Followed& followed) {
    PINFLOW_TRY(catch_up(followed));
    const log::Partition& partition = *followed.partition;
    followed.is_gone = false;
    if (followed.next >= partition.last_stable_offset()) return false;
    auto fetched = partition.read_committed(followed.next, chunk_bytes, std::move(memory_));
    if (!fetched) {
        memory_ = {};
        // The next round sees it, or another assignment is on its way.
        followed.is_gone = fetched.error().code == Code::out_of_range || fetched.error().code == Code::not_found;
        return followed.is_gone ? Result<bool>(false) : fail(std::move(fetched).error());
    }
    const auto has_all = give(followed, fetched->batches);
    memory_ = std::move(fetched->batches);
    if (!has_all) return fail(has_all.error());
    if (*has_all) followed.next = fetched->next_offset;
    return followed.next < partition.last_stable_offset();
}

// Batches that are not compressed go together, others one at a time: records are views of them. False: the task takes
// no more for now, and what is left is read again.
Result<bool> TaskRun::give(Followed& followed, Bytes batches) {
    while (!batches.empty()) {
        size_t size = size_of_first(batches);
        while (!is_compressed(batches) && size < batches.size() && !is_compressed(batches.subspan(size)))
            size += size_of_first(batches.subspan(size));
        if (!task_->is_ready()) return false;
        PINFLOW_TRY(put(followed, batches.first(size)));
        batches = batches.subspan(size);
    }
    return true;
}

Result<> TaskRun::put(Followed& followed, Bytes batches) {
    records_.clear();
    log::RecordReader reader(batches);
    log::Record record;
    while (true) {
        PINFLOW_ASSIGN(const bool there, reader.next(record));
        if (!there) break;
        if (record.offset >= followed.next) records_.push_back(record);
    }
    if (records_.empty()) return {};
    PINFLOW_ASSIGN(std::vector<bool> forgotten, forgotten_records(followed.name));
    PINFLOW_TRY(task_->put({followed.name, records_, std::move(forgotten)}));
    followed.next = followed.given_end = records_.back().offset + 1;
    given_ += records_.size();
    const std::scoped_lock lock(mutex_);
    active_topics_.insert(followed.name.topic);
    return {};
}

// Of those that were just read; empty where no request is about so late ones.
Result<std::vector<bool>> TaskRun::forgotten_records(const TopicPartition& of) const {
    if (!site_.forgetting.below) return std::vector<bool>();
    PINFLOW_ASSIGN(const int64_t below, site_.forgetting.below(of));
    if (records_.front().offset >= below) return std::vector<bool>();
    return site_.forgetting.judge(of, records_);
}

// Asks each partition to say when there is more; true: there is already.
bool TaskRun::wait_for_more() {
    for (const FollowedPtr& each : followed_) {
        if (each->is_gone) continue;
        if (each->next < each->partition->last_stable_offset()) return true;
        if (each->armed->exchange(true)) continue;
        const auto wake = [armed = each->armed, scheduler = site_.scheduler, job = weak_from_this()] {
            armed->store(false);
            const auto alive = job.lock();
            const auto there = scheduler.lock();
            if (alive && there) there->wake(alive.get());
        };
        each->wake = each->partition->on_readable(each->next, wake, log::Isolation::committed);
    }
    return false;
}

}  // namespace pinflow::connect
