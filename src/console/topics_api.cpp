#include "console/topics_api.h"

#include <simdjson.h>

#include "base/json_writer.h"
#include "console/text_table.h"
#include "log/partition.h"

namespace pinflow::console {
namespace {

int64_t records_in(const broker::Topic& topic) {
    int64_t count = 0;
    for (const auto& partition : topic.partitions) count += partition->stable_offset() - partition->start_offset();
    return count;
}

uint64_t bytes_in(const broker::Topic& topic) {
    uint64_t bytes = 0;
    for (const auto& partition : topic.partitions) bytes += partition->size_bytes();
    return bytes;
}

}  // namespace

Result<std::string> list_topics(const broker::Topics& topics, engine::Format format) {
    TextTable table({"topic", "id", "partitions", "records", "bytes"}, 2);
    for (const auto& topic : topics.list()) {
        table.add({topic->name, topic->id.kafka_text(), std::to_string(topic->partitions.size()),
                   std::to_string(records_in(*topic)), std::to_string(bytes_in(*topic))});
    }
    return table.write(format);
}

Result<std::string> describe_topic(const broker::Topics& topics, const std::string& name, engine::Format format) {
    const auto topic = topics.find(name);
    if (!topic) return fail(Code::not_found, "there is no topic {}; `pinflow topics list` shows them", name);
    TextTable table({"topic", "id", "settings", "partition", "start_offset", "end_offset", "bytes", "sealed"}, 3);
    std::string settings;
    for (const auto& [key, value] : topic->config) settings += (settings.empty() ? "" : ",") + key + "=" + value;
    for (const auto& partition : topic->partitions) {
        table.add({topic->name, topic->id.kafka_text(), settings, std::to_string(partition->index()),
                   std::to_string(partition->start_offset()), std::to_string(partition->stable_offset()),
                   std::to_string(partition->size_bytes()), topic->sealed.contains(partition->index()) ? "yes" : "no"});
    }
    return table.write(format);
}

Result<std::string> create_topic(broker::Topics& topics, std::string_view body) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    std::string_view name;
    if (parser.parse(body.data(), body.size()).get(document) != simdjson::SUCCESS ||
        document["name"].get(name) != simdjson::SUCCESS)
        return fail(Code::invalid, R"(the body must be {{"name":"clicks","partitions":1,"config":{{}}}})");
    int64_t partitions = 1;
    if (document["partitions"].get(partitions) == simdjson::INCORRECT_TYPE || partitions < 1 || partitions > 10'000)
        return fail(Code::invalid, "partitions must be a whole number from 1 to 10000");
    std::map<std::string, std::string> config;
    simdjson::dom::object settings;
    if (document["config"].get(settings) == simdjson::SUCCESS) {
        for (const auto& [key, value] : settings) {
            std::string_view text;
            if (value.get(text) != simdjson::SUCCESS)
                return fail(Code::invalid, "config {}: values are strings, as in Kafka", key);
            config[std::string(key)] = std::string(text);
        }
    }
    PINFLOW_ASSIGN(const auto topic, topics.create(std::string(name), static_cast<int32_t>(partitions), config));
    return fmt::format("{{\"name\":{},\"id\":\"{}\",\"partitions\":{}}}\n", json_string(topic->name),
                       topic->id.kafka_text(), topic->partitions.size());
}

}  // namespace pinflow::console
