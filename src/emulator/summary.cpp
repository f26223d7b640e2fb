#include <cmath>

#include "base/json_writer.h"
#include "emulator/emulate.h"
#include "emulator/kind.h"

namespace pinflow::emulator {
namespace {

double per_second(int64_t count, double seconds) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string answer_name(int status) {
    return status == 0 ? "no answer" : std::to_string(status);
}

}  // namespace

std::string progress_line(const Progress& progress, int width) {
    const double rate = per_second(progress.records, progress.seconds);
    std::string line = fmt::format("{} records  {:.0f}/s  {} refused  {} retries", progress.records, rate,
                                   progress.refused, progress.retries);
    if (progress.total <= 0) return line;
    const double share = std::min(1.0, static_cast<double>(progress.records) / static_cast<double>(progress.total));
    const double left = rate > 0 ? static_cast<double>(progress.total - progress.records) / rate : 0;
    line = fmt::format(" {:3.0f} %  {}  {:.0f} s left", share * 100, line, std::max(0.0, left));
    const int room = std::min(30, width - static_cast<int>(line.size()) - 3);
    if (room < 5) return line;
    const auto full = static_cast<size_t>(share * room);
    return fmt::format("[{}{}]{}", std::string(full, '#'), std::string(static_cast<size_t>(room) - full, '.'), line);
}

std::string summary_text(const EmulateSummary& summary) {
    std::string text =
        fmt::format("{} records in {:.1f} s ({:.0f}/s), {} requests: {} accepted, {} refused, {} retries\n",
                    summary.records, summary.seconds, per_second(summary.records, summary.seconds), summary.requests,
                    summary.accepted, summary.refused, summary.retries);
    for (const Kind kind : kinds) {
        const TableCount& table = summary.tables[static_cast<size_t>(kind)];
        text += fmt::format("  {:4}  {} rows, {} records posted, {} accepted, {} bytes\n", name(kind), table.rows,
                            table.posted, table.accepted, table.bytes);
    }
    for (const auto& [status, count] : summary.answers)
        text += fmt::format("  answer {}: {}\n", answer_name(status), count);
    if (!summary.marked.empty()) text += "  marked records (label: posted, accepted, expected):\n";
    for (const auto& [label, count] : summary.marked)
        text += fmt::format("    {}: {}, {}, {}\n", label, count.posted, count.accepted, count.expected);
    for (const Refusal& refusal : summary.first_refusals)
        text += fmt::format("  refused: {} -> {}: {}\n", refusal.request, answer_name(refusal.status), refusal.answer);
    if (!summary.broken.empty()) text += fmt::format("  ended early: {}\n", summary.broken);
    if (summary.stopped) text += "  stopped before the end\n";
    return text;
}

std::string summary_json(const EmulateSummary& summary) {
    JsonWriter json;
    json.begin_object().key("records").number(summary.records).key("accepted").number(summary.accepted);
    json.key("refused").number(summary.refused).key("requests").number(summary.requests);
    json.key("retries").number(summary.retries).key("seconds").number(summary.seconds);
    json.key("records_per_second").number(std::round(per_second(summary.records, summary.seconds)));
    json.key("stopped").boolean(summary.stopped);
    json.key("error");
    summary.broken.empty() ? json.null() : json.string(summary.broken);
    json.key("tables").begin_object();
    for (const Kind kind : kinds) {
        const TableCount& table = summary.tables[static_cast<size_t>(kind)];
        json.key(name(kind)).begin_object().key("rows").number(table.rows).key("posted").number(table.posted);
        json.key("accepted").number(table.accepted).key("bytes").number(table.bytes).end_object();
    }
    json.end_object().key("answers").begin_object();
    for (const auto& [status, count] : summary.answers) json.key(std::to_string(status)).number(count);
    json.end_object().key("marked").begin_object();
    for (const auto& [label, count] : summary.marked) {
        json.key(label).begin_object().key("posted").number(count.posted).key("accepted").number(count.accepted);
        json.key("clean_rows").number(count.clean_rows).key("expected").string(count.expected).end_object();
    }
    json.end_object().key("first_refusals").begin_array();
    for (const Refusal& refusal : summary.first_refusals) {
        json.begin_object().key("request").string(refusal.request).key("status").number(refusal.status);
        json.key("answer").string(refusal.answer).end_object();
    }
    json.end_array().end_object();
    return std::move(json).text();
}

}  // namespace pinflow::emulator
