// The parts of Tables, for its files only.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "sink/forgotten_records.h"
#include "sink/rebuilds.h"
#include "sink/scout.h"
#include "sink/table_sink.h"
#include "sink/tables.h"

namespace pinflow::sink {

struct Tables::Impl {
    // Sinks outlive Tables for as long as a partition calls one to say that there is more.
    struct Bell {
        explicit Bell(Impl* impl_) : impl(impl_) {}
        std::mutex mutex;
        Impl* impl;  // null: nobody is there any more
    };

    broker::Topics& topics;
    Clock& clock;
    std::filesystem::path lake;
    std::shared_ptr<const Pipelines> pipelines;
    TablesOptions options;
    CleanerPool cleaners;
    RecordBatchPool batches;
    TableSink::Environment environment;
    ForgottenRecords forgotten_records;
    Tables::ObjectReach objects;  // empty: nobody reaches any

    // What is followed. Taken before `mutex`.
    std::mutex discovery;
    std::map<std::string, broker::TopicPtr> known_topics;
    std::map<std::pair<Uuid, int32_t>, Scout> scouts;

    mutable std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable progress;
    std::map<std::string, std::shared_ptr<TableSink>> sinks;  // by table name
    std::set<std::pair<int64_t, std::string>> timeline;       // when to ask which table
    std::map<std::string, int64_t> when;                      // its entry there
    bool stopping = false;                                    // the threads end
    bool ended = false;                                       // for good
    uint64_t generation = 0;                                  // rises with every use(): the sinks are others
    std::vector<std::jthread> threads;
    const std::shared_ptr<Bell> bell = std::make_shared<Bell>(this);
    Rebuilds rebuilds;  // last: it ends first

    Impl(broker::Topics& topics_, std::shared_ptr<engine::Database> flow, Disk& disk, Clock& clock_,
         std::filesystem::path lake_, std::shared_ptr<const Pipelines> pipelines_, TablesOptions options_)
        : topics(topics_),
          clock(clock_),
          lake(lake_),
          pipelines(std::move(pipelines_)),
          options(options_),
          cleaners(flow, lake / ".staging"),
          environment{.delta = {disk, clock_, flow, options.stores},
                      .lake = options.place.empty() ? lake : options.place,
                      .folder = lake,
                      .cleaners = cleaners,
                      .batches = batches,
                      .pipelines = pipelines,
                      .database = flow,
                      .upkeep = options.upkeep,
                      .upkeep_turns = std::make_shared<TableSink::UpkeepTurns>(std::max(1, options.threads - 1)),
                      .forget_list = std::make_shared<ForgetList>(disk, lake / "forgotten.ndjson"),
                      .writer = options.writer,
                      .raw_sources = options.raw_sources},
          forgotten_records(topics, environment.forget_list, flow, pipelines),
          rebuilds(disk, clock, lake, {.threads = options.threads, .part_bytes = options.rebuild_part_bytes},
                   [this](const std::string& table) { return find_sink(table); }) {}

    void start();
    void halt();
    void ask(const std::string& table, int64_t at);
    void work();
    void discover_loop();
    void discover();
    void discover_topics();
    void forget_deleted(const std::vector<broker::TopicPtr>& present);
    void follow(const broker::TopicPtr& topic, const std::vector<Target>& targets, bool keyed);
    void scout(Scout& scout);
    std::shared_ptr<TableSink> find_sink(const std::string& table);
    std::vector<std::pair<std::shared_ptr<TableSink>, std::vector<TableSink::Goal>>> goals(uint64_t& of_generation);
};

}  // namespace pinflow::sink
