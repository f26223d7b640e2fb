// pinflow topics, produce, tail: all of them calls of a running Pinflow's console.
#include <fmt/core.h>
#include <simdjson.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

Result<ConsoleClient> connect(const Target& target) {
    PINFLOW_ASSIGN(const Place place, locate(target, false));
    return ConsoleClient(place.url);
}

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

Result<std::string> call(const TopicsOptions& options) {
    PINFLOW_ASSIGN(const ConsoleClient console, connect(options.target));
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

// Sends lines in bodies of about 1 MB, so that a large file neither waits in memory nor costs a request a line.
Result<int64_t> send_lines(const ConsoleClient& console, const ProduceOptions& options, std::istream& input) {
    constexpr size_t body_bytes = size_t{1} << 20;
    const std::string path =
        topic_path(options.topic) + "/records?key_separator=" + percent_encode(options.key_separator);
    int64_t sent = 0, waiting = 0;
    std::string body, line;
    const auto flush = [&]() -> Result<> {
        if (waiting == 0) return {};
        PINFLOW_TRY(console.call("POST", path, body, [] { return interrupted().load(); }));
        sent += waiting;
        waiting = 0;
        body.clear();
        if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r{} records", sent);
        return {};
    };
    while (!interrupted() && std::getline(input, line)) {
        body += line;
        body += '\n';
        ++waiting;
        if (body.size() >= body_bytes || ::isatty(STDIN_FILENO)) PINFLOW_TRY(flush());
    }
    PINFLOW_TRY(flush());
    return sent;
}

struct Page {
    std::string lines;
    int64_t count = 0;
    std::string position;
};

Result<Page> fetch(const ConsoleClient& console, const TailOptions& options, const std::string& position) {
    const std::string path =
        fmt::format("{}/records?{}&wait_ms={}", topic_path(options.topic), position, options.follow ? 1000 : 0);
    PINFLOW_ASSIGN(Reply reply, console.call("GET", path, {}, [] { return interrupted().load(); }));
    // The last line is the position to go on from; all others are records.
    Page page;
    const size_t end = reply.body.rfind('\n', reply.body.size() - 2);
    const size_t cut = end == std::string::npos ? 0 : end + 1;
    page.position = std::string(trim(std::string_view(reply.body).substr(cut)));
    reply.body.resize(cut);
    page.count = std::ranges::count(reply.body, '\n');
    page.lines = std::move(reply.body);
    return page;
}

}  // namespace

int run_topics(const TopicsOptions& options) {
    interrupted();
    auto answer = call(options);
    if (!answer) return report(answer.error());
    fmt::print("{}", *answer);
    return 0;
}

int run_produce(const ProduceOptions& options) {
    interrupted();
    auto console = connect(options.target);
    if (!console) return report(console.error());
    std::ifstream file;
    if (!options.file.empty()) file.open(options.file);
    auto sent = send_lines(*console, options, options.file.empty() ? std::cin : file);
    if (!sent) return report(sent.error());
    fmt::print(stderr, "{}{} records are in {}\n", ::isatty(STDERR_FILENO) ? "\r" : "", *sent, options.topic);
    return 0;
}

int run_tail(const TailOptions& options) {
    interrupted();
    auto console = connect(options.target);
    if (!console) return report(console.error());
    std::string position = fmt::format("last={}", options.last);
    int64_t shown = 0;
    while (!interrupted()) {
        if (options.count >= 0) position += fmt::format("&max={}", options.count - shown);
        auto page = fetch(*console, options, position);
        if (!page && page.error().code == Code::cancelled) break;
        if (!page) return report(page.error());
        fmt::print("{}", page->lines);
        std::fflush(stdout);
        shown += page->count;
        position = page->position;
        if (options.count >= 0 && shown >= options.count) break;
        if (page->count == 0 && !options.follow) break;
    }
    return 0;
}

}  // namespace pinflow::app
