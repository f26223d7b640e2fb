#include "connect/worker.h"

#include <spdlog/spdlog.h>

namespace pinflow::connect {
namespace {

std::unexpected<RestError> refuse(int status, std::string message) {
    return std::unexpected(RestError{status, std::move(message)});
}

// As Java shows a map: what a configuration without a class is told as. Values may be secrets, so keys alone.
std::string shown(const Given& config) {
    std::string text = "{";
    for (const auto& [key, value] : config) text += (text.size() == 1 ? "" : ", ") + key;
    return text + "}";
}

Stored stored_of(const Given& given, Target target) {
    Stored stored{.config = {}, .target = target};
    for (const auto& [key, value] : given)
        if (value) stored.config.emplace(key, *value);
    return stored;
}

}  // namespace

RestError not_found(const std::string& name) {
    return {404, fmt::format("Connector {} not found", name)};
}

Answer<Validation> Worker::check(const Given& config) const {
    const auto class_name = config.find("connector.class");
    if (class_name == config.end() || !class_name->second)
        return refuse(400, fmt::format("Connector config {} contains no connector type", shown(config)));
    const PluginPtr plugin = site_.plugins.find(*class_name->second);
    if (!plugin) return refuse(500, site_.plugins.unknown(*class_name->second));
    return validate(*plugin, config);
}

Answer<PutResult> Worker::put(const std::string& name, const Given& config, std::optional<Target> initial,
                              bool replace) {
    const auto validation = check(config);
    if (!validation) return std::unexpected(validation.error());
    if (validation->error_count() > 0) return refuse(400, validation->text());
    for (const std::string& note : near_misses(*validation)) spdlog::warn("connector {}: {}", name, note);
    const std::scoped_lock one(changes_);
    std::optional<Target> before;
    {
        const std::scoped_lock lock(mutex_);
        if (const Connector* known = find(name)) before = known->stored.target;
    }
    if (before && !replace) return refuse(409, fmt::format("Connector {} already exists", name));
    Stored stored = stored_of(config, initial.value_or(before.value_or(Target::started)));
    stored.never_began = true;
    halt(name);  // first: whether a task of it began does not change from here on
    if (before) {
        const std::scoped_lock lock(mutex_);
        const Connector& known = connectors_.at(name);
        stored.never_began = known.stored.never_began || !stays(known, stored.config);
    }
    Answer<> done = before ? keep_place(name, stored.config) : Answer<>();
    if (done) done = save([&](Registry& all) { all[name] = stored; });
    if (done || before) launch(name);
    if (!done) return std::unexpected(done.error());
    spdlog::info("connector {}: {}", name, before ? "has another configuration" : "was made");
    const std::scoped_lock lock(mutex_);
    return PutResult{!before, info_of(name, connectors_.at(name))};
}

Answer<PutResult> Worker::patch(const std::string& name, const Given& changes) {
    Given config;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr) return std::unexpected(not_found(name));
        config.insert(known->stored.config.begin(), known->stored.config.end());
    }
    for (const auto& [key, value] : changes) {
        if (value)
            config[key] = value;
        else
            config.erase(key);
    }
    return put(name, config, std::nullopt, true);
}

Answer<> Worker::remove(const std::string& name) {
    const std::scoped_lock one(changes_);
    PluginPtr plugin;
    std::string group;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr) return std::unexpected(not_found(name));
        plugin = known->plugin;
        group = known->group;
    }
    halt(name);
    Answer<> done = keep_place(name, {});
    if (done && plugin)
        if (const auto forgotten = plugin->forget(name); !forgotten)
            done = refuse(500, fmt::format("Failed to delete connector {}: {}", name, forgotten.error().message));
    if (done) done = save([&](Registry& all) { all.erase(name); });
    if (!done) {
        launch(name);
        return done;
    }
    Positions left(site_.groups, group);
    if (const Offsets offsets = left.all(); !offsets.empty()) {
        const auto kept = left.commit(offsets, Positions::Stay::as_any);
        if (!kept) spdlog::warn("connector {}: its offsets stay: {}", name, kept.error().message);
    }
    spdlog::info("connector {}: was deleted", name);
    return {};
}

Answer<> Worker::set_target(const std::string& name, Target target) {
    const std::scoped_lock one(changes_);
    Target before = target;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr) return refuse(404, fmt::format("Unknown connector {}", name));
        before = known->stored.target;
    }
    if (before == target) return {};
    if (auto saved = save([&](Registry& all) { all.at(name).target = target; }); !saved) return saved;
    if (target == Target::stopped) halt(name);
    bool is_up = false;
    {
        const std::scoped_lock lock(mutex_);
        Connector& connector = connectors_.at(name);
        is_up = before != Target::stopped && target != Target::stopped && connector.status.state != State::failed;
        if (is_up) {
            connector.status.state = target == Target::paused ? State::paused : State::running;
            for (const TaskPtr& task : connector.tasks) task->pause(target == Target::paused);
        }
    }
    if (!is_up) launch(name);
    spdlog::info("connector {}: is wanted {}", name, connect::name(target));
    return {};
}

// First on disk, then here.
Result<> Worker::change_file(const std::function<void(Registry&)>& how) {
    const std::scoped_lock file(file_);
    Registry registry;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& [name, connector] : connectors_) registry[name] = connector.stored;
    }
    how(registry);
    // A configuration may hold secrets.
    PINFLOW_TRY(replace_private_file(site_.disk, site_.file, write_registry(registry)));
    const std::scoped_lock lock(mutex_);
    std::erase_if(connectors_, [&](const auto& each) { return !registry.contains(each.first); });
    for (auto& [name, stored] : registry) connectors_[name].stored = std::move(stored);
    return {};
}

// Under changes_.
Answer<> Worker::save(const std::function<void(Registry&)>& how) {
    const auto written = change_file(how);
    if (written) return {};
    return refuse(500, fmt::format("The connector was not changed: {}", written.error().message));
}

Answer<std::optional<ConnectorStatus>> Worker::restart(const std::string& name, bool with_tasks, bool only_failed) {
    const std::scoped_lock one(changes_);
    std::vector<size_t> tasks;
    ConnectorStatus plan;
    bool relaunch = false;
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr) return refuse(404, fmt::format("Unknown connector: {}", name));
        plan = status_of(name, *known);
        relaunch = known->status.state == State::failed;
        if (relaunch || !only_failed) plan.connector.state = State::restarting;
    }
    for (size_t i = 0; with_tasks && i < plan.tasks.size(); ++i) {
        if (only_failed && plan.tasks[i].state != State::failed) continue;
        plan.tasks[i] = {State::restarting, ""};
        tasks.push_back(i);
    }
    if (relaunch) {  // it has no tasks
        halt(name);
        launch(name);
    }
    for (const size_t id : tasks) replace_task(name, id);
    if (!with_tasks && !only_failed) return std::nullopt;
    return plan;
}

Answer<> Worker::restart_task(const std::string& name, int task) {
    const std::scoped_lock one(changes_);
    {
        const std::scoped_lock lock(mutex_);
        const Connector* known = find(name);
        if (known == nullptr) return refuse(404, fmt::format("Unknown connector: {}", name));
        if (task < 0 || static_cast<size_t>(task) >= known->tasks.size())
            return refuse(404, fmt::format("Unknown task: {}-{}", name, task));
    }
    replace_task(name, static_cast<size_t>(task));
    return {};
}

}  // namespace pinflow::connect
