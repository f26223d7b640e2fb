// The worker's tasks: from a configuration that is kept to tasks that run, and the partitions they share.
#include <spdlog/spdlog.h>

#include <future>

#include "broker/internal_topics.h"
#include "connect/worker.h"

namespace pinflow::connect {
namespace {

constexpr int64_t look_every_ms = 100;  // how soon a new topic is read

Reset reset_of(const Properties& config) {
    const std::string reset = text_of(config, "consumer.override.auto.offset.reset");
    return reset == "latest" ? Reset::latest : reset == "none" ? Reset::none : Reset::earliest;
}

}  // namespace

// Looks whether topics came, went or grew.
class Worker::Discovery final : public Job {
  public:
    explicit Discovery(Worker& worker) : worker_(worker) {}
    int64_t run() override {
        worker_.look_for_topics();
        return worker_.site_.clock.steady_ms() + look_every_ms;
    }

  private:
    Worker& worker_;
};

Worker::Worker(WorkerSite site, int threads)
    : site_(std::move(site)), scheduler_(std::make_shared<Scheduler>(site_.clock, threads)) {}

Worker::~Worker() {
    stop();
}

Result<std::unique_ptr<Worker>> Worker::open(WorkerSite site, int threads) {
    auto worker = std::unique_ptr<Worker>(new Worker(std::move(site), threads));
    PINFLOW_TRY(worker->load());
    return worker;
}

Result<> Worker::load() {
    const auto text = read_file(site_.disk, site_.file);
    if (!text) return text.error().code == Code::not_found ? Result<>() : fail(text.error());
    auto registry = read_registry(*text);
    if (!registry) return fail(std::move(registry).error().within(site_.file.string()));
    const std::scoped_lock lock(mutex_);
    for (auto& [name, stored] : *registry) connectors_[name].stored = std::move(stored);
    return {};
}

void Worker::start(std::string worker_id) {
    const std::scoped_lock one(changes_);
    worker_id_ = std::move(worker_id);
    running_ = true;
    for (const std::string& name : names()) launch(name);
    discovery_ = std::make_shared<Discovery>(*this);
    scheduler_->add(discovery_);
}

void Worker::stop() {
    const std::scoped_lock one(changes_);
    if (!running_) return;
    running_ = false;
    scheduler_->remove(discovery_.get());
    std::vector<std::future<void>> ending;  // side by side: a task may be writing
    for (const std::string& name : names())
        ending.push_back(std::async(std::launch::async, [this, name] { halt(name); }));
}

void Worker::launch(const std::string& name) {
    if (!running_) return;
    const std::scoped_lock lock(mutex_);
    Connector& connector = connectors_.at(name);
    prepare(connector);
    if (connector.status.state == State::failed)
        spdlog::error("connector {}: cannot start: {}", name, connector.status.trace);
    if (connector.status.state == State::failed || connector.status.state == State::stopped) return;
    const auto tasks = static_cast<int>(number_of(connector.config, "tasks.max", 1));
    for (int id = 0; id < tasks; ++id) connector.tasks.push_back(make_task(name, connector, id));
    for (const auto& [topic, offset] : Positions(site_.groups, connector.group).all())
        connector.active_topics.insert(topic.topic);
    share(connector);
    for (const TaskPtr& task : connector.tasks) scheduler_->add(task);
}

// What it runs with; FAILED if it cannot run, STOPPED if it is not to.
void Worker::prepare(Connector& connector) {
    connector.group = group_of(connector.stored.config, text_of(connector.stored.config, "name"));
    Given given;
    given.insert(connector.stored.config.begin(), connector.stored.config.end());
    const auto validation = check(given);
    connector.plugin = site_.plugins.find(text_of(connector.stored.config, "connector.class"));
    const Target target = connector.stored.target;
    if (target == Target::stopped) {
        connector.status = {State::stopped, ""};
    } else if (!validation || validation->error_count() > 0) {
        connector.status = {State::failed, validation ? validation->text() : validation.error().message};
        return;
    } else {
        connector.status = {target == Target::paused ? State::paused : State::running, ""};
    }
    connector.config = validation ? validation->config : connector.stored.config;
    connector.topics = list_of(text_of(connector.config, "topics"));
    connector.pattern.reset();
    if (const std::string regex = text_of(connector.config, "topics.regex"); !regex.empty())
        if (auto pattern = broker::TopicPattern::compile(regex)) connector.pattern = std::move(*pattern);
    connector.reset = reset_of(connector.config);
}

Worker::TaskPtr Worker::make_task(const std::string& name, const Connector& connector, int id) {
    auto task = std::make_shared<TaskRun>(TaskSite{site_.topics, site_.groups, site_.clock, scheduler_,
                                                   site_.forgetting, [this, name] { return note_begin(name); }},
                                          TaskSetup{.connector = name,
                                                    .id = id,
                                                    .plugin = connector.plugin,
                                                    .config = connector.config,
                                                    .group = connector.group,
                                                    .reset = connector.reset});
    task->pause(connector.stored.target == Target::paused);
    return task;
}

void Worker::halt_task(const TaskPtr& task) {
    scheduler_->remove(task.get());
    task->close();
}

// Its tasks end, what is safe is committed.
void Worker::halt(const std::string& name) {
    std::vector<TaskPtr> tasks;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = connectors_.find(name);
        if (found == connectors_.end()) return;
        Connector& connector = found->second;
        tasks.swap(connector.tasks);
        for (const TaskPtr& task : tasks) connector.active_topics.merge(task->active_topics());
        connector.status = {State::unassigned, ""};
    }
    halted_.notify_all();
    for (const TaskPtr& task : tasks) halt_task(task);
}

void Worker::replace_task(const std::string& name, size_t id) {
    TaskPtr before;
    {
        const std::scoped_lock lock(mutex_);
        before = connectors_.at(name).tasks.at(id);
    }
    halt_task(before);
    const std::scoped_lock lock(mutex_);
    Connector& connector = connectors_.at(name);
    connector.active_topics.merge(before->active_topics());
    const TaskPtr task = make_task(name, connector, static_cast<int>(id));
    task->assign(before->assigned());
    connector.tasks.at(id) = task;
    scheduler_->add(task);
}

void Worker::look_for_topics() {
    const uint64_t version = site_.topics.version();
    const std::scoped_lock lock(mutex_);
    if (version == topics_version_) return;
    topics_version_ = version;
    for (auto& [name, connector] : connectors_) share(connector);
}

void Worker::share(Connector& connector) const {
    Shares shares;
    for (const TaskPtr& task : connector.tasks) shares.push_back(task->assigned());
    shares = share_out(shares, partitions_of(connector));
    for (size_t i = 0; i < shares.size(); ++i) connector.tasks[i]->assign(std::move(shares[i]));
}

std::vector<PartitionPtr> Worker::partitions_of(const Connector& connector) const {
    std::vector<PartitionPtr> partitions;
    const auto add = [&](const broker::TopicPtr& topic) {
        partitions.insert(partitions.end(), topic->partitions.begin(), topic->partitions.end());
    };
    for (const std::string& name : std::set<std::string>(connector.topics.begin(), connector.topics.end()))
        if (const auto topic = site_.topics.find(name)) add(topic);
    if (!connector.pattern) return partitions;
    for (const broker::TopicPtr& topic : site_.topics.list())
        if (connector.pattern->matches(topic->name) && !broker::is_internal(topic->name)) add(topic);
    return partitions;
}

}  // namespace pinflow::connect
