#include "connect/task_run.h"

#include <spdlog/spdlog.h>

namespace pinflow::connect {
namespace {

constexpr int64_t commit_every_ms = 100;

std::vector<TopicPartition> names_of(const auto& followed) {
    std::vector<TopicPartition> names;
    for (const auto& each : followed) names.push_back(each->name);
    return names;
}

}  // namespace

std::string_view name(State state) {
    static constexpr std::array<std::string_view, 6> names = {"UNASSIGNED", "RUNNING",    "PAUSED",
                                                              "FAILED",     "RESTARTING", "STOPPED"};
    return names.at(static_cast<size_t>(state));
}

TaskRun::TaskRun(TaskSite site, TaskSetup setup)
    : site_(std::move(site)),
      setup_(std::move(setup)),
      positions_(site_.groups, setup_.group),
      reporter_(site_.topics, site_.clock, setup_.config, setup_.connector, setup_.id) {}

TaskRun::~TaskRun() {
    let_go();
}

void TaskRun::assign(std::vector<PartitionPtr> partitions) {
    {
        const std::scoped_lock lock(mutex_);
        if (wanted_ == partitions) return;
        wanted_ = std::move(partitions);
    }
    if (const auto scheduler = site_.scheduler.lock()) scheduler->wake(this);
}

void TaskRun::pause(bool paused) {
    {
        const std::scoped_lock lock(mutex_);
        paused_ = paused;
    }
    if (const auto scheduler = site_.scheduler.lock()) scheduler->wake(this);
}

std::vector<PartitionPtr> TaskRun::assigned() const {
    const std::scoped_lock lock(mutex_);
    return wanted_;
}

TaskRun::Status TaskRun::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

std::set<std::string> TaskRun::active_topics() const {
    const std::scoped_lock lock(mutex_);
    return active_topics_;
}

void TaskRun::forget_active_topics() {
    const std::scoped_lock lock(mutex_);
    active_topics_.clear();
}

TaskRun::Counts TaskRun::counts() const {
    Counts counts{given_, reporter_.failed(), reporter_.dead_letters()};
    std::vector<PartitionPtr> others;
    {
        const std::scoped_lock lock(mutex_);
        for (const FollowedPtr& each : followed_)
            counts.lag += std::max<int64_t>(0, each->partition->last_stable_offset() - each->hold->offset());
        for (const PartitionPtr& each : wanted_)
            if (std::ranges::find(followed_, each, &Followed::partition) == followed_.end()) others.push_back(each);
    }
    for (const PartitionPtr& each : others) counts.lag += lag_before(*each);
    return counts;
}

// Of a partition that is the task's and that it has not begun to follow.
int64_t TaskRun::lag_before(const log::Partition& partition) const {
    const TopicPartition name{partition.topic(), partition.index()};
    const Offsets committed = positions_.of(std::span(&name, 1));
    const int64_t end = partition.last_stable_offset();
    const int64_t from = setup_.reset == Reset::latest ? end : partition.start_offset();
    const auto known = committed.find(name);
    return std::max<int64_t>(0, end - (known == committed.end() ? from : known->second));
}

bool TaskRun::is_paused() const {
    const std::scoped_lock lock(mutex_);
    return paused_;
}

int64_t TaskRun::run() {
    if (failed_) return never;
    const auto due = step();
    if (due) return *due;
    fail_with(due.error());
    return never;
}

// One round: some of each partition that has more, then the task's clock.
Result<int64_t> TaskRun::step() {
    if (!task_) PINFLOW_TRY(begin());
    PINFLOW_TRY(take_over());
    const bool paused = is_paused();
    {
        const std::scoped_lock lock(mutex_);
        status_.state = paused ? State::paused : State::running;
    }
    bool more = false;
    for (const FollowedPtr& each : followed_) {
        if (paused || !task_->is_ready()) break;
        PINFLOW_ASSIGN(const bool left, read(*each));
        more = more || left;
    }
    more = more && task_->is_ready();
    end_what_is_awaited();
    int64_t now = site_.clock.steady_ms();
    if (!more || now - ticked_ms_ >= Task::tick_ms) {
        PINFLOW_TRY(tick());
        now = ticked_ms_ = site_.clock.steady_ms();
    }
    if (!moved_.empty() && now - committed_ms_ >= commit_every_ms) PINFLOW_TRY(commit());
    note_safe_ends();
    if (more || (!paused && task_->is_ready() && wait_for_more())) return now;
    return ticked_ms_ + Task::tick_ms;
}

Result<> TaskRun::begin() {
    PINFLOW_TRY(reporter_.prepare());
    PINFLOW_ASSIGN(auto task, setup_.plugin->make_task(setup_.config, {setup_.connector, setup_.id, reporter_}));
    if (site_.note_begin) PINFLOW_TRY(site_.note_begin());
    task_ = std::move(task);
    spdlog::info("connector {}: task {} begins", setup_.connector, setup_.id);
    return {};
}

Result<> TaskRun::take_over() {
    const auto wanted = assigned();
    PINFLOW_TRY(revoke(wanted));
    std::vector<PartitionPtr> added;
    for (const PartitionPtr& each : wanted)
        if (std::ranges::find(followed_, each, &Followed::partition) == followed_.end()) added.push_back(each);
    return added.empty() ? Result<>() : follow(std::move(added));
}

// Commits what is safe of them before they go.
Result<> TaskRun::revoke(const std::vector<PartitionPtr>& wanted) {
    const auto stays = [&](const FollowedPtr& each) {
        return std::ranges::find(wanted, each->partition) != wanted.end();
    };
    std::vector<FollowedPtr> kept, gone;
    for (const FollowedPtr& each : followed_) (stays(each) ? kept : gone).push_back(each);
    if (gone.empty()) return {};
    PINFLOW_TRY(tick());
    PINFLOW_TRY(commit());
    task_->close(names_of(gone));
    for (const FollowedPtr& each : gone) {
        each->partition->cancel_wake(each->wake);
        moved_.erase(each->name);
        if (!is_there(*each))
            spdlog::warn("connector {}: the topic {} was deleted; task {} does not read its partition {} any more",
                         setup_.connector, each->name.topic, setup_.id, each->name.partition);
    }
    const std::scoped_lock lock(mutex_);
    followed_ = std::move(kept);
    return {};
}

bool TaskRun::is_there(const Followed& followed) const {
    const auto topic = site_.topics.find(followed.name.topic);
    return topic && topic->id == followed.partition->topic_id();
}

Result<> TaskRun::tick() {
    PINFLOW_ASSIGN(const auto moved, task_->tick(site_.clock.wall_ms()));
    for (const Position& position : moved) {
        const auto found =
            std::ranges::find_if(followed_, [&](const FollowedPtr& each) { return each->name == position.of; });
        if (found == followed_.end()) continue;
        // What follows the last record is markers of transactions, which nobody waits for.
        const bool has_all = position.next_offset == (*found)->given_end;
        moved_[position.of] = has_all ? (*found)->next : position.next_offset;
    }
    return {};
}

// Dead letters first: a position says that everything before it is safe.
Result<> TaskRun::commit() {
    if (moved_.empty()) return {};
    PINFLOW_TRY(reporter_.settle());
    for (const FollowedPtr& each : followed_)
        if (!is_there(*each)) moved_.erase(each->name);  // its offset would be taken for one of a new topic's
    committed_ms_ = site_.clock.steady_ms();
    if (moved_.empty()) return {};
    const auto committed = positions_.commit(moved_);
    if (!committed && committed.error().code != Code::unavailable) return committed;
    commit_trouble_ = committed ? "" : committed.error().message;
    if (!committed) {  // the task goes on, and they are tried again with the next
        spdlog::warn("connector {}: task {}: {}", setup_.connector, setup_.id, commit_trouble_);
        return {};
    }
    // Retention may take what is behind a position only once a kill leads back to no earlier one.
    for (const FollowedPtr& each : followed_)
        if (const auto moved = moved_.find(each->name); moved != moved_.end()) each->hold->advance(moved->second);
    moved_.clear();
    return {};
}

void TaskRun::fail_with(const Error& error) {
    spdlog::error("connector {}: task {} has failed: {}", setup_.connector, setup_.id, error.message);
    failed_ = true;
    for (const FollowedPtr& each : followed_) each->partition->cancel_wake(each->wake);
    task_.reset();
    const std::scoped_lock lock(mutex_);
    const bool is_trace = error.message.starts_with("org.apache.kafka.");
    status_ = {State::failed, is_trace
                                  ? error.message
                                  : fmt::format("org.apache.kafka.connect.errors.ConnectException: {}\nCaused by: {}",
                                                exiting_task, error.message)};
}

void TaskRun::close() {
    if (task_) {
        auto ended = tick();
        if (ended) ended = commit();
        if (!ended)
            spdlog::error("connector {}: ending task {}: {}", setup_.connector, setup_.id, ended.error().message);
        task_->close(names_of(followed_));
    }
    let_go();
}

void TaskRun::let_go() {
    task_.reset();
    for (const FollowedPtr& each : followed_) each->partition->cancel_wake(each->wake);
    const std::scoped_lock lock(mutex_);
    followed_.clear();
    status_.state = State::unassigned;
}

}  // namespace pinflow::connect
