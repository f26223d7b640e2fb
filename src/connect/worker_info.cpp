// What can be asked of the worker.
#include "connect/sink_keys.h"
#include "connect/worker.h"

namespace pinflow::connect {
namespace {

// A connector's task is called like it, in Connect too.
std::string task_class_of(const Plugin& plugin) {
    std::string name = plugin.class_name();
    if (name.ends_with("Connector")) name.replace(name.size() - 9, 9, "Task");
    return name;
}

}  // namespace

Answer<std::vector<Key>> Worker::keys_of(const std::string& plugin) const {
    const PluginPtr found = site_.plugins.find(plugin);
    if (!found) return std::unexpected(RestError{404, fmt::format("Unknown plugin {}.", plugin)});
    std::vector<Key> keys(found->keys().begin(), found->keys().end());
    for (const Key& key : sink_keys())
        if (std::ranges::find(keys, key.name, &Key::name) == keys.end()) keys.push_back(key);
    return keys;
}

const Worker::Connector* Worker::find(const std::string& name) const {
    const auto found = connectors_.find(name);
    return found == connectors_.end() ? nullptr : &found->second;
}

std::vector<std::string> Worker::names() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, connector] : connectors_) names.push_back(name);
    return names;
}

ConnectorInfo Worker::info_of(const std::string& name, const Connector& connector) const {
    return {name, connector.stored.config, static_cast<int>(connector.tasks.size())};
}

ConnectorStatus Worker::status_of(const std::string& name, const Connector& connector) const {
    ConnectorStatus status{name, connector.status, {}};
    for (const TaskPtr& task : connector.tasks) status.tasks.push_back(task->status());
    return status;
}

Answer<ConnectorInfo> Worker::info(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* known = find(name);
    if (known == nullptr) return std::unexpected(not_found(name));
    return info_of(name, *known);
}

Answer<ConnectorStatus> Worker::status(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* known = find(name);
    if (known == nullptr) return std::unexpected(RestError{404, fmt::format("No status found for connector {}", name)});
    return status_of(name, *known);
}

Answer<TaskRun::Status> Worker::task_status(const std::string& name, int task) const {
    const auto all = status(name);
    if (!all || task < 0 || static_cast<size_t>(task) >= all->tasks.size())
        return std::unexpected(RestError{404, fmt::format("No status found for task {}-{}", name, task)});
    return all->tasks[static_cast<size_t>(task)];
}

Answer<std::vector<Properties>> Worker::task_configs(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* known = find(name);
    if (known == nullptr) return std::unexpected(not_found(name));
    Properties config = known->stored.config;
    if (known->plugin) config["task.class"] = task_class_of(*known->plugin);
    return std::vector<Properties>(known->tasks.size(), std::move(config));
}

Answer<std::set<std::string>> Worker::active_topics(const std::string& name) const {
    const std::scoped_lock lock(mutex_);
    const Connector* known = find(name);
    if (known == nullptr) return {};  // as Connect, which keeps topics apart from connectors
    auto topics = known->active_topics;
    for (const TaskPtr& task : known->tasks) topics.merge(task->active_topics());
    return topics;
}

Answer<> Worker::forget_active_topics(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto known = connectors_.find(name);
    if (known == connectors_.end()) return std::unexpected(not_found(name));
    known->second.active_topics.clear();
    for (const TaskPtr& task : known->second.tasks) task->forget_active_topics();
    return {};
}

Worker::Counts Worker::counts() const {
    Counts counts;
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, connector] : connectors_) {
        ++counts.connectors[connector.status.state];
        TaskRun::Counts& sum = counts.by_connector[name];
        for (const TaskPtr& task : connector.tasks) {
            ++counts.tasks[task->status().state];
            const TaskRun::Counts one = task->counts();
            sum.records += one.records;
            sum.failed += one.failed;
            sum.dead_letters += one.dead_letters;
            sum.lag += one.lag;
        }
    }
    return counts;
}

}  // namespace pinflow::connect
