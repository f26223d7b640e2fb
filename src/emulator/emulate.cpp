#include "emulator/emulate.h"

#include <algorithm>

#include "base/clock.h"
#include "emulator/feeds.h"

namespace pinflow::emulator {
namespace {

Result<> check(const EmulateOptions& options) {
    if (!options.url.starts_with("http://") && !options.url.starts_with("https://"))
        return fail(Code::invalid, "\"{}\" is no http:// or https:// URL", options.url);
    const bool named = !options.id.empty() && std::ranges::all_of(options.id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
    if (!named)
        return fail(Code::invalid, "user id \"{}\": a topic name takes letters, digits, '.', '_' and '-'", options.id);
    if (options.rows < 0 || options.rate < 0) return fail(Code::invalid, "rows and rate cannot be negative");
    if (options.bad_share < 0 || options.bad_share > 1) return fail(Code::invalid, "the bad share is between 0 and 1");
    if (options.connections < 1 || options.connections > 10'000) return fail(Code::invalid, "connections: 1 to 10000");
    if (options.attempts < 1) return fail(Code::invalid, "a request needs at least 1 attempt");
    if (options.batch < 1) return fail(Code::invalid, "a request carries at least 1 record");
    if (options.batch > 1 && !options.as_fast_as_possible)
        return fail(Code::invalid, "more than one record a request needs --as-fast-as-possible");
    return {};
}

struct Plan {
    std::array<int64_t, 3> rows{};  // of each table
    int64_t total = 0;              // records, 0: without end
};

Result<Plan> plan(const EmulateOptions& options, Source& source) {
    Plan plan;
    int64_t good = 0;
    for (const Kind kind : kinds) {
        PINFLOW_ASSIGN(int64_t rows, source.row_count(kind));
        if (rows == 0 && !options.as_fast_as_possible)
            return fail(Code::not_found, "the source has no {} rows", name(kind));
        if (options.as_fast_as_possible && options.rows > 0)
            rows = source.endless() ? options.rows : std::min(rows, options.rows);
        plan.rows[static_cast<size_t>(kind)] = rows;
        good += options.as_fast_as_possible ? rows : options.rows;
    }
    const int64_t doors = options.via == Via::both ? 2 : 1;
    plan.total = doors * (good + static_cast<int64_t>(static_cast<double>(good) * options.bad_share));
    return plan;
}

std::unique_ptr<EmulationFeed> make_feed(const EmulateOptions& options, Source& source, const Plan& plan,
                                         std::function<void()> on_tick) {
    if (options.as_fast_as_possible) return std::make_unique<ScanFeed>(options, source, plan.rows, std::move(on_tick));
    return std::make_unique<DrawFeed>(options, source, std::ranges::min(plan.rows), std::move(on_tick));
}

}  // namespace

Result<Via> parse_via(std::string_view text) {
    if (text == "rest") return Via::rest;
    if (text == "kinesis") return Via::kinesis;
    if (text == "both") return Via::both;
    return fail(Code::invalid, "\"{}\" is no way in; rest, kinesis and both are", text);
}

Result<EmulateSummary> emulate(const EmulateOptions& options, std::stop_token stop,
                               const std::function<void(const Progress&)>& progress) {
    PINFLOW_TRY(check(options));
    PINFLOW_ASSIGN(const auto source, open_source(options.source));
    PINFLOW_ASSIGN(const Plan planned, plan(options, *source));
    const int64_t began = system_clock().steady_ms();
    const auto seconds = [&] { return static_cast<double>(system_clock().steady_ms() - began) / 1000; };
    std::unique_ptr<EmulationFeed> feed;
    feed = make_feed(options, *source, planned, [&] {
        const EmulateSummary& so_far = feed->summary();
        if (progress) progress({so_far.records, planned.total, so_far.refused, so_far.retries, seconds()});
    });
    // The original sends one request at a time, each over its own connection.
    const bool paced_by_original = !options.as_fast_as_possible && options.rate <= 0;
    const PosterOptions posting{.connections = paced_by_original ? 1 : options.connections,
                                .keep_alive = !paced_by_original,
                                .attempts = options.attempts,
                                .ca = options.ca};
    const Result<> posted = run_poster(*feed, posting, stop);
    EmulateSummary summary = std::move(feed->summary());
    if (!posted) summary.broken = posted.error().message;
    summary.stopped = stop.stop_requested();
    summary.seconds = seconds();
    return summary;
}

}  // namespace pinflow::emulator
