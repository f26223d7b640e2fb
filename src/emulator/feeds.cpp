#include "emulator/feeds.h"

#include <algorithm>
#include <cmath>

#include "emulator/answers.h"
#include "emulator/bad_records.h"

namespace pinflow::emulator {
namespace {

constexpr size_t shown_refusals = 10;
constexpr size_t shown_answer = 300;
constexpr int64_t last_drawn_row = 11000;  // random.randint(0, 11000)

size_t index(Kind kind) {
    return static_cast<size_t>(kind);
}

std::vector<Door> doors_of(Via via) {
    if (via == Via::rest) return {Door::rest};
    if (via == Via::kinesis) return {Door::kinesis};
    return {Door::rest, Door::kinesis};
}

}  // namespace

EmulationFeed::EmulationFeed(const EmulateOptions& options, Source& source, std::function<void()> on_tick)
    : options_(options),
      source_(source),
      requests_(options.url, options.id),
      doors_(doors_of(options.via)),
      on_tick_(std::move(on_tick)) {}

Result<std::vector<std::string>> EmulationFeed::read(Kind kind, int64_t from, int64_t count) {
    PINFLOW_ASSIGN(auto rows, source_.rows(kind, from, count));
    summary_.tables[index(kind)].rows += std::ssize(rows);
    return rows;
}

void EmulationFeed::queue(Kind kind, std::span<const std::string> rows) {
    for (const Door door : doors_)
        queue_.push_back(door == Door::rest ? requests_.rest(kind, rows) : requests_.kinesis(kind, rows));
    double& due = marked_due_[index(kind)];
    for (const std::string& row : rows) {
        due += options_.bad_share;
        for (; due >= 1; --due) queue_marked(kind, row);
    }
}

void EmulationFeed::queue_marked(Kind kind, const std::string& row) {
    const Marked marked = marked_record(kind, marked_made_[index(kind)]++, row);
    for (const Door door : doors_) queue_.push_back(marked_post(requests_, kind, door, marked));
    MarkedCount& count = summary_.marked[fmt::format("{} {}", name(kind), marked.label)];
    count.posted += std::ssize(doors_);
    count.clean_rows += marked.clean_rows * std::ssize(doors_);
    count.expected = marked.expected;
}

int64_t EmulationFeed::pace(int64_t now_ms, int64_t records) {
    if (options_.rate <= 0) return now_ms;
    // What a slow moment lost is made up for within a second at most.
    next_free_ms_ = std::max(next_free_ms_, static_cast<double>(now_ms) - 1000);
    const double due = next_free_ms_;
    if (due <= static_cast<double>(now_ms)) next_free_ms_ += 1000.0 * static_cast<double>(records) / options_.rate;
    return static_cast<int64_t>(std::ceil(due));
}

Result<Turn> EmulationFeed::next(int64_t now_ms) {
    while (queue_.empty()) {
        PINFLOW_ASSIGN(const Filled filled, fill());
        if (filled.ended) return Turn{};
        if (filled.pause_ms > 0) not_before_ms_ = now_ms + filled.pause_ms;
    }
    if (now_ms < not_before_ms_) return Turn{.what = Turn::What::wait, .until_ms = not_before_ms_};
    if (next_free_ms_ == 0) next_free_ms_ = static_cast<double>(now_ms);
    if (const int64_t at = pace(now_ms, queue_.front().records); at > now_ms)
        return Turn{.what = Turn::What::wait, .until_ms = at};
    Turn turn{.what = Turn::What::post, .post = std::move(queue_.front())};
    queue_.pop_front();
    return turn;
}

void EmulationFeed::answered(const Post& post, const Answer& answer) {
    ++summary_.answers[answer.status];
    if (!answer.final) return void(++summary_.retries);
    const Verdict verdict = answer.status == 0 ? Verdict{0, answer.body} : judge(post, answer.status, answer.body);
    TableCount& table = summary_.tables[index(post.kind)];
    ++summary_.requests;
    table.posted += post.records;
    table.accepted += verdict.accepted;
    table.bytes += std::ssize(post.body);
    summary_.records += post.records;
    summary_.accepted += verdict.accepted;
    summary_.refused += post.records - verdict.accepted;
    if (!post.label.empty())
        summary_.marked[fmt::format("{} {}", name(post.kind), post.label)].accepted += verdict.accepted;
    if (verdict.accepted < post.records && summary_.first_refusals.size() < shown_refusals) {
        summary_.first_refusals.push_back(
            {fmt::format("{} {}", post.method, post.url), answer.status, verdict.why.substr(0, shown_answer)});
    }
}

DrawFeed::DrawFeed(const EmulateOptions& options, Source& source, int64_t smallest_table, std::function<void()> on_tick)
    : EmulationFeed(options, source, std::move(on_tick)),
      random_(options.seed),
      last_row_(std::min(last_drawn_row, smallest_table - 1)) {}

Result<EmulationFeed::Filled> DrawFeed::fill() {
    if (options_.rows > 0 && drawn_ == options_.rows) return Filled{.ended = true};
    ++drawn_;
    const int64_t pause = random_.randrange(0, 2);
    const int64_t row = random_.randint(0, last_row_);
    for (const Kind kind : kinds) {
        PINFLOW_ASSIGN(const auto rows, read(kind, row, 1));
        if (rows.empty()) return fail(Code::not_found, "the {} table has no row {} any more", name(kind), row);
        queue(kind, rows);
    }
    return Filled{.pause_ms = options_.rate > 0 ? 0 : pause * 1000};
}

ScanFeed::ScanFeed(const EmulateOptions& options, Source& source, std::array<int64_t, 3> rows,
                   std::function<void()> on_tick)
    : EmulationFeed(options, source, std::move(on_tick)), rows_(rows) {}

Result<EmulationFeed::Filled> ScanFeed::fill() {
    const int64_t batch = options_.batch;
    const int64_t page = std::max<int64_t>(1, page_rows / batch) * batch;
    const int64_t end = std::ranges::max(rows_);
    if (at_ >= end) return Filled{.ended = true};
    const int64_t in_page = at_ % page;
    for (const Kind kind : kinds) {
        const int64_t left = rows_[index(kind)] - at_;
        if (left <= 0) continue;
        auto& rows = pages_[index(kind)];
        if (in_page == 0) {
            PINFLOW_ASSIGN(rows, read(kind, at_, std::min(page, left)));
        }
        const int64_t take = std::min({batch, left, std::ssize(rows) - in_page});
        if (take <= 0)
            return fail(Code::not_found, "the {} table ends at row {} instead of {}", name(kind), at_, left + at_);
        queue(kind, std::span(rows).subspan(static_cast<size_t>(in_page), static_cast<size_t>(take)));
    }
    at_ += batch;
    return Filled{};
}

}  // namespace pinflow::emulator
