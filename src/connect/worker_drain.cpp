// The worker's part in `pinflow drain`: waits for connectors as the tables' part waits for tables.
#include "base/text.h"
#include "connect/worker.h"

namespace pinflow::connect {
namespace {

constexpr std::chrono::milliseconds look_again(20);

bool is_at_work(State state) {
    return state == State::running || state == State::unassigned || state == State::restarting;
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

// The first line of a trace says where it failed, or nothing but that it did; why, the one of the cause.
std::string why_of(std::string_view trace) {
    static constexpr std::string_view caused_by = "\nCaused by: ";
    const std::string_view first = first_line(trace);
    const size_t cause = trace.find(caused_by);
    if (cause == std::string_view::npos) return std::string(first);
    const std::string_view why = first_line(trace.substr(cause + caused_by.size()));
    return first.ends_with(exiting_task) ? std::string(why) : fmt::format("{}: {}", first, why);
}

}  // namespace

std::vector<std::string> Worker::drain(int64_t timeout_ms) {
    const int64_t until = site_.clock.steady_ms() + timeout_ms;
    std::vector<Goal> left = goals();
    while (true) {
        for (Goal& goal : left) look_at(goal);
        std::erase_if(left, [](const Goal& goal) { return goal.ends.empty(); });
        if (std::ranges::all_of(left, &Goal::is_stuck) || site_.clock.steady_ms() >= until) break;
        std::unique_lock lock(mutex_);
        halted_.wait_for(lock, look_again);
    }
    std::vector<std::string> problems;
    for (const Goal& goal : left) problems.push_back(problem_of(goal));
    return problems;
}

std::vector<Worker::Goal> Worker::goals() const {
    std::vector<Goal> goals;
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, connector] : connectors_) {
        Goal& goal = goals.emplace_back(name);
        for (const PartitionPtr& partition : partitions_of(connector)) {
            const int64_t end = partition->last_stable_offset();
            if (end > partition->start_offset()) goal.ends[partition] = end;
        }
    }
    return goals;
}

// One of its tasks is at work on it, or will be as soon as the topic is found.
bool Worker::is_read(const Connector& connector, const PartitionPtr& partition) {
    for (const TaskPtr& task : connector.tasks) {
        const auto assigned = task->assigned();
        if (std::ranges::find(assigned, partition) != assigned.end()) return is_at_work(task->status().state);
    }
    return !connector.tasks.empty();
}

// A connector that has no tasks is where its group's offsets are.
void Worker::look_at(Goal& goal) const {
    const std::scoped_lock lock(mutex_);
    const Connector* const connector = find(goal.connector);
    if (connector == nullptr) {
        goal.ends.clear();
        return;
    }
    const Offsets committed = connector->tasks.empty() ? Positions(site_.groups, connector->group).all() : Offsets();
    bool is_stuck = true;
    const auto is_reached = [&](const auto& entry) {
        const auto& [partition, end] = entry;
        const auto topic = site_.topics.find(partition->topic());
        if (!topic || topic->id != partition->topic_id()) return true;
        const auto offset = committed.find({partition->topic(), partition->index()});
        if (offset != committed.end() && offset->second >= end) return true;
        const auto reached = [&](const TaskPtr& task) { return task->safe_end(partition) >= end; };
        if (std::ranges::any_of(connector->tasks, reached)) return true;
        is_stuck = is_stuck && !is_read(*connector, partition);
        return false;
    };
    std::erase_if(goal.ends, is_reached);
    for (const TaskPtr& task : connector->tasks) task->hurry(goal.ends);
    goal.is_stuck = is_stuck;
}

std::string Worker::problem_of(const Goal& goal) const {
    const auto status = this->status(goal.connector);
    if (!status) return fmt::format("connector {}: {}", goal.connector, status.error().message);
    const auto bad = std::ranges::find_if_not(status->tasks, is_at_work, &TaskRun::Status::state);
    const TaskRun::Status& worst =
        !is_at_work(status->connector.state) || bad == status->tasks.end() ? status->connector : *bad;
    const auto counts = this->counts().by_connector[goal.connector];
    const auto troubled = std::ranges::find_if_not(status->tasks, &std::string::empty, &TaskRun::Status::trouble);
    const std::string trouble = troubled == status->tasks.end() ? "" : troubled->trouble;
    const bool lags = is_at_work(worst.state);
    const std::string why = lags ? trouble : why_of(worst.trace);
    return fmt::format("connector {} {}{}{}", goal.connector,
                       lags ? fmt::format("lags by {} records", counts.lag) : fmt::format("is {}", name(worst.state)),
                       why.empty() ? "" : ": ", why);
}

}  // namespace pinflow::connect
