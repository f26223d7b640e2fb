// Topics: names, partitions, settings and labels, kept in one JSON file a topic beside the log that holds the records.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/uuid.h"
#include "log/log.h"

namespace pinflow::broker {

struct Topic {
    std::string name;
    Uuid id;
    std::vector<std::shared_ptr<log::Partition>> partitions;
    std::map<std::string, std::string> config;  // what was set, under Kafka's names; the rest has its default
    std::map<std::string, std::string> labels;  // what a door must remember about the topic, e.g. kinesis.stream
    int64_t created_ms = 0;
    std::set<int32_t> sealed = {};  // partitions that take no records any more: log::Partition::seal()
};
using TopicPtr = std::shared_ptr<const Topic>;  // a snapshot that never changes; a change makes a new one

// What Topics::reshape() may change.
struct Shape {
    int32_t partitions = 0;    // as many or more
    std::set<int32_t> sealed;  // those that are, and more
    std::map<std::string, std::string> labels;
};

// Kafka's rule: 1 to 249 of [a-zA-Z0-9._-], not "." or "..".
Result<> check_topic_name(std::string_view name);

struct TopicsOptions {
    int32_t default_partitions = 1;  // of topics made by find_or_create
    bool auto_create = true;
    int32_t max_partitions = 10'000;     // of one topic
    int32_t max_replication_factor = 1;  // that may be asked for; there is one replica in any case
};

// Thread-safe. find() takes a shared lock; changes are made one at a time and are durable when they return.
class Topics {
  public:
    static Result<std::unique_ptr<Topics>> open(Disk& disk, Clock& clock, log::Log& log, std::filesystem::path folder,
                                                TopicsOptions options);

    TopicPtr find(std::string_view name) const;
    TopicPtr find(const Uuid& id) const;
    std::vector<TopicPtr> list() const;  // sorted by name
    // invalid (name, partition count, a setting), exists.
    Result<TopicPtr> create(const std::string& name, int32_t partitions, std::map<std::string, std::string> config = {},
                            std::map<std::string, std::string> labels = {});
    Result<TopicPtr> find_or_create(const std::string& name);  // not_found where auto-creation is off
    // `only`: not_found if the name has gone to another topic since.
    Result<> remove(const std::string& name, std::optional<Uuid> only = std::nullopt);
    // `told` hears of every topic that is removed from now on, before another one can be made under its name. It must
    // not change topics.
    void on_removed(std::function<void(const std::string&)> told) {
        const std::scoped_lock lock(changes_);
        removed_.push_back(std::move(told));
    }
    // Drops all records that can be read now. Offsets go on, so whoever follows the topic loses no place.
    Result<> purge(const std::string& name);
    // `edit` changes the labels that there are, with no other change in between.
    Result<> edit_labels(const std::string& name,
                         const std::function<Result<>(std::map<std::string, std::string>&)>& edit);
    Result<> set_config(const std::string& name, std::map<std::string, std::string> config);
    // `edit` changes the settings that were set, with no other change in between. It takes effect at once.
    Result<> edit_config(const std::string& name,
                         const std::function<Result<>(std::map<std::string, std::string>&)>& edit);
    // conflict for a stream: its shards have their own ways (stream.h).
    Result<TopicPtr> add_partitions(const std::string& name, int32_t new_count);
    // Partitions more, partitions sealed and labels changed: all of it or, over a kill too, nothing. Whoever finds a
    // partition sealed finds the topic changed already. not_found if the name is not that of `only` any more.
    Result<TopicPtr> reshape(const std::string& name, const Uuid& only, const std::function<Result<>(Shape&)>& edit);
    // Another number whenever a topic came, went or got partitions.
    uint64_t version() const { return version_.load(std::memory_order_acquire); }
    const TopicsOptions& options() const { return options_; }
    log::Config defaults() const;  // of what a topic does not set: topics_defaults.cpp
    // Can every topic have these? Invalid names the topic that cannot; one that cannot have today's does not count.
    Result<> check_defaults(const log::Config& defaults) const;
    // They are in force at once, in every partition. `keep` is called when nothing can fail any more but itself.
    Result<> change_defaults(const log::Config& defaults, const std::function<Result<>()>& keep);

  private:
    struct HashOfId {  // ids are random: any part of one is a hash
        size_t operator()(const Uuid& id) const {
            size_t hash = 0;
            std::memcpy(&hash, id.bytes.data(), sizeof(hash));
            return hash;
        }
    };

    Topics(Disk& disk, Clock& clock, log::Log& log, std::filesystem::path folder, TopicsOptions options);
    Result<> load();
    Result<> load_topic(const std::string& file_name);
    Result<> adopt_orphans();
    Result<std::vector<std::shared_ptr<log::Partition>>> open_partitions(const Topic& topic, int32_t count);
    void drop_partitions(const std::string& name, int32_t first, int32_t end);
    Result<> drop_unfinished();
    Result<TopicPtr> replace(const Topic& known, Topic changed, int32_t count);
    Result<> save(const Topic& topic, int32_t partitions, bool deleting) const;
    Result<> remove_files(const std::string& name, const std::vector<std::shared_ptr<log::Partition>>& partitions);
    Result<TopicPtr> change(const std::string& name, auto edit);
    void publish(TopicPtr topic, const std::set<int32_t>& seal = {});
    void use_config(const Topic& topic) const;  // changes_ is held

    Disk& disk_;
    Clock& clock_;
    log::Log& log_;
    std::filesystem::path folder_;
    TopicsOptions options_;
    std::mutex changes_;                                            // one change at a time, over its disk work
    std::vector<std::function<void(const std::string&)>> removed_;  // under changes_
    mutable std::shared_mutex mutex_;                               // guards the two maps and the defaults only
    log::Config defaults_;
    std::map<std::string, TopicPtr, std::less<>> topics_;
    std::unordered_map<Uuid, TopicPtr, HashOfId> topics_by_id_;  // the same ones
    std::atomic<uint64_t> version_ = 1;
};

}  // namespace pinflow::broker
