// pinflow produce and tail: records into a topic and out of it, by a running Pinflow's console; tail also offline.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/offline.h"
#include "app/place.h"
#include "base/text.h"
#include "console/topics_api.h"

namespace pinflow::app {
namespace {

std::string records_path(const std::string& topic) {
    return "/api/topics/" + percent_encode(topic) + "/records";
}

// Sends lines in bodies of about 1 MB, so that a large file neither waits in memory nor costs a request a line.
Result<int64_t> send_lines(const ConsoleClient& console, const ProduceOptions& options, std::istream& input) {
    constexpr size_t body_bytes = size_t{1} << 20;
    const std::string path = records_path(options.topic) + "?key_separator=" + percent_encode(options.key_separator);
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

// Where the next page is asked: of the console, or of a folder.
using Fetch = std::function<Result<std::string>(const console::TailRequest&)>;

Fetch fetch_from(const ConsoleClient& client, const std::string& topic) {
    return [client, path = records_path(topic)](const console::TailRequest& request) -> Result<std::string> {
        const std::string where = request.positions.empty() ? fmt::format("last={}", request.last)
                                                            : fmt::format("positions={}", request.positions);
        PINFLOW_ASSIGN(
            Reply reply,
            client.call("GET", fmt::format("{}?{}&max={}&wait_ms={}", path, where, request.max, request.wait_ms), {},
                        [] { return interrupted().load(); }));
        return std::move(reply.body);
    };
}

// Prints page after page. What a page ends with is the position to go on from; all other lines are records.
Result<> show_pages(const TailOptions& options, const Fetch& fetch) {
    console::TailRequest request{.last = options.last, .wait_ms = options.follow ? 1000 : 0};
    int64_t left = options.count < 0 ? std::numeric_limits<int64_t>::max() : options.count;
    while (!interrupted() && left > 0) {
        request.max = std::min<int64_t>(left, 1000);
        PINFLOW_ASSIGN(const std::string page, fetch(request));
        const size_t end = page.rfind("positions=");
        if (end == std::string::npos) return fail(Code::internal, "an answer without positions: {}", page);
        const std::string_view lines = std::string_view(page).substr(0, end);
        fmt::print("{}", lines);
        std::fflush(stdout);
        const auto count = std::ranges::count(lines, '\n');
        left -= count;
        request.positions =
            std::string(trim(std::string_view(page).substr(end + std::string_view("positions=").size())));
        if (count == 0 && !options.follow) break;
    }
    return {};
}

Result<> tail(const TailOptions& options) {
    PINFLOW_ASSIGN(const Place place, locate(options.target, !options.follow));
    if (!place.url.empty()) return show_pages(options, fetch_from(ConsoleClient(place), options.topic));
    PINFLOW_ASSIGN(const auto data, OfflineData::open(place.folder));
    PINFLOW_ASSIGN(const broker::Topics* topics, data->topics());
    return show_pages(options, [&](const console::TailRequest& request) {
        return console::read_lines(*topics, options.topic, request);
    });
}

}  // namespace

int run_produce(const ProduceOptions& options) {
    interrupted();
    const auto place = locate(options.target, false);
    if (!place) return report(place.error());
    std::ifstream file;
    if (!options.file.empty()) file.open(options.file);
    if (!options.file.empty() && !file) return report({Code::io, "cannot read " + options.file});
    auto sent = send_lines(ConsoleClient(*place), options, options.file.empty() ? std::cin : file);
    if (!sent) return report(sent.error());
    if (file.bad())
        return report({Code::io, fmt::format("reading {} broke off after {} records, which are in {}", options.file,
                                             *sent, options.topic)});
    fmt::print(stderr, "{}{} records are in {}\n", ::isatty(STDERR_FILENO) ? "\r" : "", *sent, options.topic);
    return 0;
}

int run_tail(const TailOptions& options) {
    interrupted();
    const auto outcome = tail(options);
    return outcome || outcome.error().code == Code::cancelled ? 0 : report(outcome.error());
}

}  // namespace pinflow::app
