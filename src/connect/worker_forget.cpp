// The worker's part in forgetting: whose objects may hold a forgotten record, and when they may be written anew.
#include "broker/internal_topics.h"
#include "connect/worker.h"

namespace pinflow::connect {

std::vector<std::string> Worker::readers_of(const std::set<std::string>& topics) const {
    std::vector<std::string> readers;
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, connector] : connectors_) {
        const auto reads = [&](const std::string& topic) {
            return std::ranges::find(connector.topics, topic) != connector.topics.end() ||
                   (connector.pattern && connector.pattern->matches(topic) && !broker::is_internal(topic));
        };
        const Offsets offsets = Positions(site_.groups, connector.group).all();
        const auto has = [&](const auto& offset) { return topics.contains(offset.first.topic); };
        if (std::ranges::any_of(topics, reads) || std::ranges::any_of(offsets, has)) readers.push_back(name);
    }
    return readers;
}

// One that has failed holds nothing, and stays so until somebody restarts it.
void Worker::begin_anew(const std::set<std::string>& topics) {
    const auto reads = [&](const TaskPtr& task) {
        const auto assigned = task->assigned();
        return task->status().state != State::failed &&
               std::ranges::any_of(assigned, [&](const PartitionPtr& each) { return topics.contains(each->topic()); });
    };
    const std::scoped_lock one(changes_);
    for (const std::string& name : readers_of(topics)) {
        std::vector<size_t> ids;
        {
            const std::scoped_lock lock(mutex_);
            const auto& tasks = connectors_.at(name).tasks;
            for (size_t id = 0; id < tasks.size(); ++id)
                if (reads(tasks[id])) ids.push_back(id);
        }
        for (const size_t id : ids) replace_task(name, id);
    }
}

// Under changes_.
bool Worker::is_idle(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* const known = find(name);
    return known == nullptr || std::ranges::all_of(known->tasks, [](const TaskPtr& task) {
               const State state = task->status().state;
               return state == State::paused || state == State::failed;
           });
}

// What nobody has committed yet begins where the connector would begin to read.
Offsets Worker::settled(const ForgetRequest& request, const std::string& group, Reset reset) const {
    Offsets settled = Positions(site_.groups, group).all();
    for (const auto& [of, offset] : request.up_to) {
        const auto topic = site_.topics.find(of.topic);
        const auto index = static_cast<size_t>(of.partition);
        if (!topic || index >= topic->partitions.size())
            settled.erase(of);
        else if (reset == Reset::earliest || settled.contains(of))
            settled[of] = std::max(settled[of], topic->partitions[index]->start_offset());
    }
    return settled;
}

Result<TakenOut> Worker::take_out(const std::string& name, const ForgetRequest& request) {
    if (has_nothing_written(name)) return TakenOut();
    PluginPtr plugin;
    Properties config;
    std::string group;
    Reset reset = Reset::earliest;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* const known = find(name);
        if (known == nullptr) return TakenOut();
        if (!known->plugin || known->config.empty())
            return fail(Code::invalid, "its configuration is not good: {}", known->status.trace);
        plugin = known->plugin;
        config = known->config;
        group = known->group;
        reset = known->reset;
    }
    const auto while_idle = [this, &name](const std::function<Result<>()>& work) -> Result<bool> {
        const std::scoped_lock one(changes_);
        if (!is_idle(name)) return false;
        PINFLOW_TRY(work());
        return true;
    };
    return plugin->take_out(config, request, {settled(request, group, reset), while_idle});
}

}  // namespace pinflow::connect
