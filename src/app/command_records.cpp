// pinflow produce and tail: records into a topic and out of it, by a running Pinflow's console; tail also offline.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "app/commands.h"
#include "app/console_client.h"
#include "app/place.h"
#include "app/record_pages.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

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

Result<> tail(const TailOptions& options) {
    PINFLOW_ASSIGN(RecordPages pages, RecordPages::open(options.target, options.topic, options.last, !options.follow));
    int64_t left = options.count < 0 ? std::numeric_limits<int64_t>::max() : options.count;
    while (!interrupted() && left > 0) {
        PINFLOW_ASSIGN(const std::string lines, pages.next(std::min<int64_t>(left, 1000), options.follow ? 1000 : 0));
        fmt::print("{}", lines);
        std::fflush(stdout);
        left -= std::ranges::count(lines, '\n');
        if (lines.empty() && !options.follow) break;
    }
    return {};
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
    fmt::print(stderr, "{}{} {} in {}\n", ::isatty(STDERR_FILENO) ? "\r" : "", *sent,
               *sent == 1 ? "record is" : "records are", options.topic);
    return 0;
}

int run_tail(const TailOptions& options) {
    interrupted();
    const auto outcome = tail(options);
    return outcome || outcome.error().code == Code::cancelled ? 0 : report(outcome.error());
}

}  // namespace pinflow::app
