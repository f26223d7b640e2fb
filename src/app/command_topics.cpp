// pinflow topics: calls of a running Pinflow's console; list and describe also read a data folder offline.
#include <fmt/core.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/offline.h"
#include "app/place.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "console/topics_api.h"

namespace pinflow::app {
namespace {

std::string topic_path(const std::string& topic) {
    return "/api/topics/" + percent_encode(topic);
}

bool person_agrees(const TopicsOptions& options) {
    if (options.yes || !::isatty(STDIN_FILENO)) return true;
    fmt::print(stderr, "{} topic {} with all its records? Tables keep their rows. [y/N] ", options.action,
               options.topic);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

Result<std::string> create_body(const TopicsOptions& options) {
    JsonWriter json;
    json.begin_object().key("name").string(options.topic).key("partitions").number(options.partitions);
    json.key("config").begin_object();
    for (const std::string& setting : options.config) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos) return fail(Code::invalid, "--config {}: write NAME=VALUE", setting);
        json.key(setting.substr(0, equals)).string(setting.substr(equals + 1));
    }
    json.end_object().end_object();
    return std::move(json).text();
}

Result<std::string> ask_offline(const TopicsOptions& options, const std::filesystem::path& folder) {
    PINFLOW_ASSIGN(const auto data, OfflineData::open(folder));
    PINFLOW_ASSIGN(const broker::Topics* topics, data->topics());
    const auto format = engine::parse_format(options.format).value_or(engine::Format::table);
    if (options.action == "list") return console::list_topics(*topics, format);
    return console::describe_topic(*topics, options.topic, format);
}

Result<std::string> call(const TopicsOptions& options, const ConsoleClient& console) {
    const auto body_of = [](Result<Reply> reply) -> Result<std::string> {
        if (!reply) return fail(std::move(reply).error());
        return std::move(reply->body);
    };
    const std::string suffix = "?format=" + options.format;
    if (options.action == "list") return body_of(console.call("GET", "/api/topics" + suffix));
    if (options.action == "describe") return body_of(console.call("GET", topic_path(options.topic) + suffix));
    if (options.action == "create") {
        PINFLOW_ASSIGN(const std::string body, create_body(options));
        return body_of(console.call("POST", "/api/topics", body));
    }
    if (!person_agrees(options)) return fail(Code::cancelled, "nothing changed");
    if (options.action == "purge") return body_of(console.call("POST", topic_path(options.topic) + "/purge"));
    return body_of(console.call("DELETE", topic_path(options.topic)));
}

Result<std::string> answer(const TopicsOptions& options) {
    const bool only_reads = options.action == "list" || options.action == "describe";
    PINFLOW_ASSIGN(const Place place, locate(options.target, only_reads));
    return place.url.empty() ? ask_offline(options, place.folder) : call(options, ConsoleClient(place));
}

}  // namespace

int run_topics(const TopicsOptions& options) {
    interrupted();
    return print(answer(options));
}

}  // namespace pinflow::app
