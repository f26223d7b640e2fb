#include "broker/topics.h"

#include <simdjson.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/json_writer.h"

namespace pinflow::broker {

namespace fs = std::filesystem;

namespace {

// What a topic's file holds beside the Topic itself.
struct Stored {
    Topic topic;
    int64_t partitions = 0;
    bool deleting = false;
};

Result<std::map<std::string, std::string>> text_map(simdjson::dom::element parent, const char* name) {
    std::map<std::string, std::string> map;
    simdjson::dom::object object;
    if (parent[name].get(object) != simdjson::SUCCESS) return fail(Code::corrupt, "no object '{}'", name);
    for (const auto field : object) {
        std::string_view value;
        if (field.value.get(value) != simdjson::SUCCESS)
            return fail(Code::corrupt, "'{}.{}' is no text", name, field.key);
        map.emplace(field.key, value);
    }
    return map;
}

// Files of older versions have none.
Result<std::set<int32_t>> sealed_partitions(simdjson::dom::element root, int64_t partitions) {
    std::set<int32_t> sealed;
    simdjson::dom::array list;
    if (root["sealed"].get(list) != simdjson::SUCCESS) return sealed;
    for (const auto each : list) {
        int64_t partition = -1;
        if (each.get(partition) != simdjson::SUCCESS || partition < 0 || partition >= partitions)
            return fail(Code::corrupt, "'sealed' holds what is no partition of the topic");
        sealed.insert(static_cast<int32_t>(partition));
    }
    return sealed;
}

Result<Stored> parse(const std::string& text) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    std::string_view name;
    std::string_view id;
    Stored stored;
    if (parser.parse(text).get(root) != simdjson::SUCCESS) return fail(Code::corrupt, "not JSON");
    if (root["name"].get(name) != simdjson::SUCCESS || root["id"].get(id) != simdjson::SUCCESS ||
        root["partitions"].get(stored.partitions) != simdjson::SUCCESS ||
        root["created_ms"].get(stored.topic.created_ms) != simdjson::SUCCESS ||
        root["deleting"].get(stored.deleting) != simdjson::SUCCESS)
        return fail(Code::corrupt, "name, id, partitions, created_ms or deleting is missing");
    const auto parsed = Uuid::parse(id);
    if (!parsed) return fail(Code::corrupt, "'{}' is no id", id);
    stored.topic.name = name;
    stored.topic.id = *parsed;
    PINFLOW_ASSIGN(stored.topic.config, text_map(root, "config"));
    PINFLOW_ASSIGN(stored.topic.labels, text_map(root, "labels"));
    PINFLOW_ASSIGN(stored.topic.sealed, sealed_partitions(root, stored.partitions));
    return stored;
}

void write_map(JsonWriter& json, std::string_view name, const std::map<std::string, std::string>& map) {
    json.key(name).begin_object();
    for (const auto& [key, value] : map) json.key(key).string(value);
    json.end_object();
}

std::unexpected<Error> unknown(std::string_view name) {
    return fail(Code::not_found, "there is no topic '{}'", name);
}

}  // namespace

Result<> check_topic_name(std::string_view name) {
    if (name.empty() || name.size() > 249)
        return fail(Code::invalid, "a topic name has 1 to 249 characters, this one {}", name.size());
    if (name == "." || name == "..") return fail(Code::invalid, "a topic cannot be named '{}'", name);
    for (const char c : name) {
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '_' || c == '-';
        if (!good)
            return fail(Code::invalid,
                        "topic name '{}' holds a character other than ASCII letters, digits, '.', '_' and '-'", name);
    }
    return {};
}

Topics::Topics(Disk& disk, Clock& clock, log::Log& log, fs::path folder, TopicsOptions options)
    : disk_(disk), clock_(clock), log_(log), folder_(std::move(folder)), options_(options), defaults_(log.defaults()) {}

Result<std::unique_ptr<Topics>> Topics::open(Disk& disk, Clock& clock, log::Log& log, fs::path folder,
                                             TopicsOptions options) {
    auto topics = std::unique_ptr<Topics>(new Topics(disk, clock, log, std::move(folder), options));
    PINFLOW_TRY(topics->load());
    return topics;
}

Result<> Topics::load() {
    PINFLOW_TRY(disk_.make_directories(folder_));
    PINFLOW_ASSIGN(const auto entries, disk_.list(folder_));
    for (const Disk::Entry& entry : entries) {
        if (entry.is_directory || !entry.name.ends_with(".json")) continue;
        auto loaded = load_topic(entry.name);
        if (!loaded) return fail(std::move(loaded).error().within((folder_ / entry.name).string()));
    }
    PINFLOW_TRY(drop_unfinished());
    return adopt_orphans();
}

Result<> Topics::load_topic(const std::string& file_name) {
    PINFLOW_ASSIGN(const std::string text, read_file(disk_, folder_ / file_name));
    PINFLOW_ASSIGN(Stored stored, parse(text));
    if (stored.deleting) {  // a removal that was cut short
        std::vector<std::shared_ptr<log::Partition>> rest;
        for (int32_t i = 0; i < stored.partitions; ++i)
            if (auto partition = log_.find(stored.topic.name, i)) rest.push_back(std::move(partition));
        return remove_files(stored.topic.name, rest);
    }
    PINFLOW_ASSIGN(stored.topic.partitions, open_partitions(stored.topic, static_cast<int32_t>(stored.partitions)));
    auto topic = std::make_shared<const Topic>(std::move(stored.topic));
    publish(topic, topic->sealed);
    return {};
}

// Records whose topic file is gone are not hidden: the topic comes back under its old id.
Result<> Topics::adopt_orphans() {
    std::map<std::string, Topic> orphans;
    for (auto& partition : log_.partitions()) {
        if (find(partition->topic())) continue;
        Topic& topic = orphans[partition->topic()];
        topic.name = partition->topic();
        topic.id = partition->topic_id();
        topic.created_ms = clock_.wall_ms();
        topic.partitions.push_back(partition);
    }
    for (auto& [name, topic] : orphans) {
        spdlog::warn("topic {} has records but no file in {}: it is taken up again", name, folder_.string());
        const auto count = static_cast<int32_t>(topic.partitions.back()->index() + 1);
        PINFLOW_ASSIGN(topic.partitions, open_partitions(topic, count));
        PINFLOW_TRY(save(topic, count, false));
        publish(std::make_shared<const Topic>(std::move(topic)));
    }
    return {};
}

Result<> Topics::save(const Topic& topic, int32_t partitions, bool deleting) const {
    JsonWriter json;
    json.begin_object();
    json.key("name").string(topic.name).key("id").string(topic.id.text()).key("partitions").number(partitions);
    json.key("created_ms").number(topic.created_ms).key("deleting").boolean(deleting);
    if (!topic.sealed.empty()) {
        json.key("sealed").begin_array();
        for (const int32_t partition : topic.sealed) json.number(partition);
        json.end_array();
    }
    write_map(json, "config", topic.config);
    write_map(json, "labels", topic.labels);
    json.end_object();
    return replace_file(disk_, folder_ / (topic.name + ".json"), json.text());
}

void Topics::publish(TopicPtr topic, const std::set<int32_t>& seal) {
    const std::unique_lock lock(mutex_);
    for (const int32_t partition : seal) topic->partitions[static_cast<size_t>(partition)]->seal();
    TopicPtr& by_id = topics_by_id_[topic->id];
    if (!by_id || by_id->partitions.size() != topic->partitions.size()) ++version_;
    by_id = topic;
    std::string name = topic->name;
    topics_.insert_or_assign(std::move(name), std::move(topic));
}

TopicPtr Topics::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second;
}

TopicPtr Topics::find(const Uuid& id) const {
    const std::shared_lock lock(mutex_);
    const auto found = topics_by_id_.find(id);
    return found == topics_by_id_.end() ? nullptr : found->second;
}

std::vector<TopicPtr> Topics::list() const {
    const std::shared_lock lock(mutex_);
    std::vector<TopicPtr> all;
    all.reserve(topics_.size());
    for (const auto& [name, topic] : topics_) all.push_back(topic);
    return all;
}

Result<TopicPtr> Topics::create(const std::string& name, int32_t partitions, std::map<std::string, std::string> config,
                                std::map<std::string, std::string> labels) {
    PINFLOW_TRY(check_topic_name(name));
    if (partitions < 1 || partitions > options_.max_partitions)
        return fail(Code::invalid, "topic '{}' cannot have {} partitions; 1 to {} are possible", name, partitions,
                    options_.max_partitions);
    const std::scoped_lock lock(changes_);
    PINFLOW_TRY(log::Config::check(config, defaults()));
    if (find(name)) return fail(Code::exists, "topic '{}' exists already", name);
    Topic topic{name, Uuid::random(), {}, std::move(config), std::move(labels), clock_.wall_ms()};
    PINFLOW_TRY(save(topic, partitions, false));
    auto opened = open_partitions(topic, partitions);
    if (!opened) {  // e.g. a full disk: no half-made topic stays
        if (auto undone = disk_.remove(folder_ / (name + ".json")); !undone)
            spdlog::error("{}", undone.error().message);
        drop_partitions(name, 0, partitions);
        return fail(std::move(opened).error());
    }
    topic.partitions = std::move(*opened);
    auto published = std::make_shared<const Topic>(std::move(topic));
    publish(published);
    return published;
}

Result<TopicPtr> Topics::find_or_create(const std::string& name) {
    if (auto known = find(name)) return known;
    if (!options_.auto_create) {
        PINFLOW_TRY(check_topic_name(name));
        return unknown(name);
    }
    auto made = create(name, options_.default_partitions);
    if (!made && made.error().code == Code::exists)
        if (auto known = find(name)) return known;
    return made;
}

// The file goes last, so that a removal that is cut short is finished at the next start.
Result<> Topics::remove_files(const std::string& name, const std::vector<std::shared_ptr<log::Partition>>& partitions) {
    for (const auto& each : partitions) PINFLOW_TRY(log_.remove(name, each->index()));
    PINFLOW_TRY(disk_.remove(folder_ / (name + ".json")));
    return disk_.sync_directory(folder_);
}

Result<> Topics::remove(const std::string& name, std::optional<Uuid> only) {
    const std::scoped_lock lock(changes_);
    const TopicPtr topic = find(name);
    if (!topic || (only && topic->id != *only)) return unknown(name);
    PINFLOW_TRY(save(*topic, static_cast<int32_t>(topic->partitions.size()), true));
    {
        const std::unique_lock list_lock(mutex_);
        topics_.erase(name);
        topics_by_id_.erase(topic->id);
        ++version_;
    }
    for (const auto& told : removed_) told(name);
    return remove_files(name, topic->partitions);
}

Result<> Topics::purge(const std::string& name) {
    const TopicPtr topic = find(name);
    if (!topic) return unknown(name);
    for (const auto& each : topic->partitions) PINFLOW_TRY(each->delete_all());
    return {};
}

Result<TopicPtr> Topics::change(const std::string& name, auto edit) {
    const std::scoped_lock lock(changes_);
    const TopicPtr known = find(name);
    if (!known) return unknown(name);
    Topic changed = *known;
    PINFLOW_TRY(edit(changed));
    PINFLOW_TRY(save(changed, static_cast<int32_t>(changed.partitions.size()), false));
    auto published = std::make_shared<const Topic>(std::move(changed));
    publish(published);
    if (published->config != known->config) use_config(*published);
    return published;
}

Result<> Topics::edit_labels(const std::string& name,
                             const std::function<Result<>(std::map<std::string, std::string>&)>& edit) {
    PINFLOW_TRY(change(name, [&](Topic& topic) { return edit(topic.labels); }));
    return {};
}

Result<> Topics::set_config(const std::string& name, std::map<std::string, std::string> config) {
    return edit_config(name, [&](auto& settings) { return settings = std::move(config), Result<>(); });
}

Result<> Topics::edit_config(const std::string& name,
                             const std::function<Result<>(std::map<std::string, std::string>&)>& edit) {
    PINFLOW_TRY(change(name, [&](Topic& topic) -> Result<> {
        PINFLOW_TRY(edit(topic.config));
        return log::Config::check(topic.config, defaults());
    }));
    return {};
}

}  // namespace pinflow::broker
