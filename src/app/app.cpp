#include "app/app.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "app/catalog_setup.h"
#include "app/connect_part.h"
#include "app/consumers_setup.h"
#include "app/data_folder.h"
#include "app/databases.h"
#include "app/door_metrics.h"
#include "app/gateway_setup.h"
#include "app/http_door.h"
#include "app/kafka_door.h"
#include "app/kinesis_setup.h"
#include "app/lake_place.h"
#include "app/log_metrics.h"
#include "app/log_source.h"
#include "app/pipeline_watch.h"
#include "app/raw_sources.h"
#include "app/settings.h"
#include "app/table_metrics.h"
#include "app/v3_setup.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/json_writer.h"
#include "base/workers.h"
#include "broker/groups_timer.h"
#include "broker/topics.h"
#include "console/console.h"
#include "engine/database.h"
#include "gateway/gateway.h"
#include "kinesis/kinesis.h"
#include "rest/consumers.h"
#include "rest/rest.h"
#include "rest/v3.h"
#include "sink/catalog.h"
#include "sink/pipelines.h"
#include "sink/tables.h"

namespace pinflow::app {

namespace fs = std::filesystem;

// In the order of their making; destroyed the other way round.
struct App::Parts {
    Config config;
    std::unique_ptr<DataLock> lock;
    LakePlace lake;
    Settings settings;
    std::unique_ptr<log::Log> log;
    std::unique_ptr<broker::Topics> topics;
    std::shared_ptr<broker::Groups> groups;
    std::unique_ptr<broker::ProducerIds> producer_ids;
    std::shared_ptr<broker::Transactions> transactions;
    std::unique_ptr<broker::Quotas> quotas;
    std::unique_ptr<broker::GroupsTimer> groups_timer;
    std::unique_ptr<broker::TransactionsTimer> transactions_timer;
    std::unique_ptr<LogSource> source;
    std::shared_ptr<engine::Database> flow;    // writes tables
    std::shared_ptr<engine::Database> people;  // answers SQL
    std::mutex pipelines_mutex;
    std::shared_ptr<const sink::Pipelines> pipelines;
    std::unique_ptr<sink::Tables> tables;
    std::unique_ptr<sink::Catalog> catalog;
    std::unique_ptr<console::Answers> answers;
    console::Metrics metrics;
    std::unique_ptr<auth::Users> users;
    std::unique_ptr<auth::Acls> acls;         // null where everybody may do everything
    std::unique_ptr<kafka::Door> kafka_door;  // outlives whoever may still answer: workers, loops
    std::unique_ptr<rest::Consumers> consumers;
    std::unique_ptr<rest::V3> v3;
    std::unique_ptr<rest::Rest> rest;
    std::unique_ptr<kinesis::Kinesis> kinesis;
    std::shared_ptr<gateway::Store> gateway_store;
    std::unique_ptr<broker::Ticker<gateway::Store>> gateway_usage;  // keeps what is used of quotas
    std::unique_ptr<gateway::Gateway> gateway;
    std::unique_ptr<console::Console> console;
    std::unique_ptr<net::AccessLog> access_log;
    std::unique_ptr<net::Loops> loops;
    std::unique_ptr<Workers> workers;          // hand on to the loops: end before them
    std::unique_ptr<Workers> sign_in_workers;  // of their own: whoever guesses passwords holds up nobody else
    std::unique_ptr<Workers> console_workers;  // of their own: statements may keep all of them busy
    std::unique_ptr<HttpDoor> http_door;
    std::unique_ptr<HttpDoor> console_door;
    std::unique_ptr<ConnectPart> connect;
    std::unique_ptr<PipelineWatch> pipeline_watch;
    std::unique_ptr<KafkaListeners> kafka_listeners;

    std::shared_ptr<const sink::Pipelines> current_pipelines() {
        const std::scoped_lock guard(pipelines_mutex);
        return pipelines;
    }
    void use(std::shared_ptr<const sink::Pipelines> changed);
    Result<> open_storage();
    Result<> open_tables();
    Result<> open_doors();
    Result<> open_coordinators();
    Result<> make_kafka_door();
    Result<> open_kafka();
    void add_metrics();
};

Result<> App::Parts::open_storage() {
    PINFLOW_ASSIGN(lock, DataLock::take(config.data));
    config.data = fs::canonical(config.data);
    PINFLOW_ASSIGN(config.query_folders, canonical_folders(config.query_folders));
    for (const char* folder : {"log", "topics", "lake", "tmp/tables", "tmp/sql"})
        PINFLOW_TRY(posix_disk().make_directories(config.data / folder));
    PINFLOW_ASSIGN(lake, open_lake(config));
    // Opening a database takes about as long as opening the log: side by side.
    auto opening_flow = std::async(std::launch::async, [this] { return open_flow(config, lake.readable); });
    auto opening_people = std::async(std::launch::async, [this] { return open_people(config, lake.readable); });
    PINFLOW_ASSIGN(settings, open_settings(config));
    log::Options options;
    options.defaults = settings.topic_defaults;
    options.producer_expiration_ms = settings.producer_expiration_ms;
    PINFLOW_ASSIGN(log, log::Log::open(posix_disk(), system_clock(), config.data / "log", options));
    PINFLOW_ASSIGN(
        topics, broker::Topics::open(posix_disk(), system_clock(), *log, config.data / "topics", config.topic_options));
    PINFLOW_ASSIGN(users, auth::Users::open(posix_disk(), config.data / "users.json"));
    PINFLOW_ASSIGN(flow, opening_flow.get());
    PINFLOW_ASSIGN(people, opening_people.get());
    return {};
}

Result<> App::Parts::open_tables() {
    std::vector<fs::path> folders = config.pipelines;
    if (const fs::path built_in = built_in_pipelines(); !built_in.empty())
        folders.insert(folders.begin(), built_in);
    else
        spdlog::warn("the built-in pipelines are not beside the program: only those of --pipelines are loaded");
    PINFLOW_ASSIGN(pipelines, sink::Pipelines::load(folders, *flow));
    tables =
        std::make_unique<sink::Tables>(*topics, flow, posix_disk(), system_clock(), config.data / "lake", pipelines,
                                       sink::TablesOptions{.threads = tables_at_a_time(config),
                                                           .stores = lake.stores,
                                                           .place = lake.folder,
                                                           .writer = lake.writer,
                                                           .raw_sources = raw_sources(config.data)});
    source = std::make_unique<LogSource>(*topics);
    PINFLOW_ASSIGN(auto connection, people->connect());
    PINFLOW_TRY(engine::register_record_scan(connection, *source));
    catalog =
        std::make_unique<sink::Catalog>(people, delta::Environment{posix_disk(), system_clock(), people, lake.stores},
                                        pipelines, catalog_options(config, lake, *topics, *tables));
    answers = std::make_unique<console::Answers>(*catalog);
    tables->start();
    pipeline_watch = std::make_unique<PipelineWatch>(
        folders, flow, [this](std::shared_ptr<const sink::Pipelines> changed) { use(std::move(changed)); });
    return {};
}

void App::Parts::use(std::shared_ptr<const sink::Pipelines> changed) {
    tables->use(changed);
    catalog->use(changed);
    const std::scoped_lock guard(pipelines_mutex);
    pipelines = std::move(changed);
}

Result<> App::Parts::open_doors() {
    workers = std::make_unique<Workers>(8, 0);
    sign_in_workers = std::make_unique<Workers>(2, 5);
    console_workers = std::make_unique<Workers>(16, 10);
    loops = std::make_unique<net::Loops>(threads_or_cores(config.event_loops));
    PINFLOW_TRY(open_coordinators());
    PINFLOW_ASSIGN(const rest::ConsumersOptions consuming, consumers_options(config));
    consumers = std::make_unique<rest::Consumers>(rest::ConsumerSite{*topics, groups, system_clock(), *loops, *workers},
                                                  consuming);
    PINFLOW_TRY(make_kafka_door());
    v3 = std::make_unique<rest::V3>(v3_site(*kafka_door, groups, !config.kafka.empty()));
    rest = std::make_unique<rest::Rest>(
        *topics, system_clock(),
        rest::RestOptions{.workers = workers.get(), .consumers = consumers.get(), .v3 = v3.get()});
    const auto may_auto_create = [this](std::string_view name) { return current_pipelines()->may_auto_create(name); };
    kinesis = std::make_unique<kinesis::Kinesis>(*topics, system_clock(),
                                                 kinesis_options(config, *workers, *loops, may_auto_create));
    PINFLOW_ASSIGN(gateway_store, open_gateway_store(config));
    gateway_usage = std::make_unique<broker::Ticker<gateway::Store>>(gateway_store, system_clock());
    gateway = std::make_unique<gateway::Gateway>(
        *rest, *kinesis, gateway::GatewayOptions{.workers = workers.get(), .store = gateway_store.get()});
    const auto drain_connectors = [this](int64_t timeout_ms) { return connect->drain(timeout_ms); };
    console = std::make_unique<console::Console>(console::Services{*topics, *tables, *answers, *users, *gateway_store,
                                                                   drain_connectors, *console_workers, metrics});
    PINFLOW_ASSIGN(access_log, open_access_log(config, *gateway));
    net::Limits limits;
    limits.max_body_bytes = config.max_body_bytes;
    limits.max_connections = static_cast<size_t>(config.max_connections);
    PINFLOW_ASSIGN(http_door,
                   HttpDoor::open(*loops, *gateway, config, {"http", config.http, limits, access_log.get()}));
    limits.max_body_bytes = std::max(limits.max_body_bytes, size_t{64} << 20);
    PINFLOW_ASSIGN(console_door, HttpDoor::open(*loops, *console, config, {"console", config.console, limits}));
    if (!config.kafka.empty()) PINFLOW_TRY(open_kafka());
    PINFLOW_ASSIGN(connect,
                   ConnectPart::open(config, *loops, *topics, groups, kafka_door->options.cluster_id, *tables));
    PINFLOW_TRY(connect->start());
    add_metrics();
    loops->start();
    const std::string kafka = kafka_listeners ? kafka_listeners->address_from_here() : "";
    return lock->announce({console_door->url_from_here(), connect->url_from_here(), kafka});
}

// Also where there is no Kafka door: the REST Proxy's consumers are members of groups, and a transaction that was open
// when the process ended holds up its readers, tables too, until it is decided.
Result<> App::Parts::open_coordinators() {
    PINFLOW_ASSIGN(groups, broker::Groups::open(*topics, system_clock(), {}));
    groups_timer = std::make_unique<broker::GroupsTimer>(groups, system_clock());
    PINFLOW_ASSIGN(producer_ids, broker::ProducerIds::open(posix_disk(), config.data / "producer-ids", *log));
    PINFLOW_ASSIGN(transactions, broker::Transactions::open(*topics, groups, *producer_ids, system_clock(), {}));
    transactions_timer = std::make_unique<broker::TransactionsTimer>(transactions, system_clock());
    return {};
}

// Also where nobody can come to it: it knows what the settings of topics and of the broker are.
Result<> App::Parts::make_kafka_door() {
    PINFLOW_ASSIGN(const kafka::DoorOptions options, kafka_options(config, settings.configured));
    kafka_door = std::make_unique<kafka::Door>(*topics, *groups, system_clock(), *workers, *loops, options);
    kafka_door->producer_ids = producer_ids.get();
    kafka_door->transactions = transactions.get();
    kafka_door->settings = settings.set.get();
    kafka_door->log = log.get();
    kafka_door->users = users.get();
    kafka_door->sign_in_workers = sign_in_workers.get();
    return {};
}

Result<> App::Parts::open_kafka() {
    PINFLOW_ASSIGN(quotas, broker::Quotas::open(posix_disk(), system_clock(), config.data / "quotas.json"));
    kafka_door->quotas = quotas.get();
    PINFLOW_ASSIGN(acls, open_acls(config, posix_disk()));
    kafka_door->acls = acls.get();
    PINFLOW_ASSIGN(kafka_listeners, KafkaListeners::open(config, *loops, *kafka_door));
    return {};
}

void App::Parts::add_metrics() {
    add_door_metrics(metrics, "http", *http_door);
    add_door_metrics(metrics, "console", *console_door);
    if (kafka_listeners) add_door_metrics(metrics, "kafka", *kafka_listeners);
    add_log_metrics(metrics, *log);
    add_table_metrics(metrics, *tables);
    add_kinesis_metrics(metrics, *kinesis);
    connect->add_metrics(metrics);
    metrics.add("pinflow_rest_consumer_instances", "gauge", "consumer instances of the REST Proxy that exist now",
                [this] { return static_cast<double>(consumers->size()); });
}

Result<std::unique_ptr<App>> App::start(const Config& config) {
    auto parts = std::make_unique<Parts>();
    parts->config = config;
    Result<> opened = parts->open_storage();
    if (opened) opened = parts->open_tables();
    if (opened) opened = parts->open_doors();
    if (opened) return std::unique_ptr<App>(new App(std::move(parts)));
    // A wrong pipeline or a port in use must not make the next start recover the log as after a kill.
    if (parts->pipeline_watch) parts->pipeline_watch->stop();
    if (parts->connect) parts->connect->end_tasks();  // its door's loops may not run yet
    if (parts->tables) parts->tables->stop();
    if (parts->log) {
        if (const auto closed = parts->log->close(); !closed)
            spdlog::error("closing the log: {}", closed.error().message);
    }
    return fail(std::move(opened).error());
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
App::~App() = default;

std::string App::ready_line() const {
    JsonWriter json;
    json.begin_object().key("event").string("ready").key("pid").number(::getpid());
    json.key("data").string(parts_->config.data.string());
    if (parts_->kafka_listeners) parts_->kafka_listeners->tell(json);
    parts_->http_door->tell(json, "http");
    parts_->connect->tell(json);
    parts_->console_door->tell(json, "console");
    json.end_object();
    return std::move(json).text();
}

Result<> App::stop() {
    using namespace std::chrono_literals;
    parts_->console_door->drain(5s);
    if (!parts_->consumers->stop(5s)) spdlog::warn("some consumers of the REST Proxy did not commit within 5 s");
    if (!parts_->http_door->drain(10s)) spdlog::warn("some requests were not finished within 10 s");
    parts_->connect->stop();
    parts_->gateway_store->tick();
    parts_->pipeline_watch->stop();
    parts_->transactions->stop();
    parts_->groups->stop();  // members that wait for each other are told to come back
    if (parts_->kafka_listeners && !parts_->kafka_listeners->drain(5s))
        spdlog::warn("some Kafka requests were not finished within 5 s");
    parts_->tables->stop();
    return parts_->log->close();
}

}  // namespace pinflow::app
