#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "app/commands.h"
#include "app/place.h"
#include "base/text.h"
#include "emulator/emulate.h"

namespace pinflow::app {
namespace {

Result<double> parse_rate(std::string_view text) {
    if (text.empty()) return 0.0;
    const bool per_second = text.ends_with("/s");
    const auto number = parse_int(per_second ? text.substr(0, text.size() - 2) : text);
    if (!number || *number <= 0) return fail(Code::invalid, "--rate {}: write N/s, as in 100/s", text);
    return static_cast<double>(*number);
}

Result<emulator::EmulateOptions> options_of(const EmulateCommand& command) {
    emulator::EmulateOptions options = command.options;
    PINFLOW_ASSIGN(options.via, emulator::parse_via(command.via));
    PINFLOW_ASSIGN(options.rate, parse_rate(command.rate));
    if (command.with_bad) options.bad_share = command.bad_share;
    return options;
}

}  // namespace

int run_emulate(const EmulateCommand& command) {
    interrupted();
    std::signal(SIGPIPE, SIG_IGN);  // a server that goes away is an answer that never came, with TLS too
    const auto options = options_of(command);
    if (!options) {
        report(options.error());
        return 2;
    }
    std::stop_source stop;
    const bool terminal = ::isatty(STDERR_FILENO);
    const auto summary = emulator::emulate(*options, stop.get_token(), [&](const emulator::Progress& progress) {
        if (interrupted()) stop.request_stop();
        if (terminal) fmt::print(stderr, "\r{}", emulator::progress_line(progress, 79));
    });
    if (terminal) fmt::print(stderr, "\r{:79}\r", "");
    if (!summary) {
        report(summary.error());
        return 2;
    }
    if (command.format == "json")
        fmt::print("{}\n", emulator::summary_json(*summary));
    else
        fmt::print("{}", emulator::summary_text(*summary));
    return emulator::exit_code(*summary);
}

}  // namespace pinflow::app
