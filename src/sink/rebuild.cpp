#include "sink/rebuild.h"

#include "base/digest.h"
#include "base/text.h"
#include "sink/for_later.h"
#include "sink/silence.h"

namespace pinflow::sink {
namespace {

constexpr int64_t near_offsets = 20'000;  // so few may be read while the table waits
constexpr int most_rounds = 20;           // to come that near

std::map<std::string, int64_t> starts_of(const std::vector<RebuildSpan>& spans) {
    std::map<std::string, int64_t> starts;
    for (const RebuildSpan& span : spans) starts[span.app_id] = span.from;
    return starts;
}

}  // namespace

Rebuild::Rebuild(std::shared_ptr<TableSink> sink, RebuildOrder order, bool dry_run, RebuildLimits limits)
    : sink_(std::move(sink)),
      environment_(sink_->environment()),
      order_(std::move(order)),
      dry_run_(dry_run),
      limits_(limits),
      journal_(environment_.delta.disk, rebuild_journal_file(environment_.folder, order_.table)),
      trial_(environment_.lake / ".staging" / ("rebuild-" + order_.id)) {
    if (limits_.part_bytes == 0)
        limits_.part_bytes = static_cast<size_t>(sink_->plan().declaration.settings.batch_bytes);
}

Rebuild::~Rebuild() {
    std::error_code ignored;
    if (dry_run_) std::filesystem::remove_all(trial_, ignored);
}

std::string Rebuild::mark_id() const {
    return fmt::format("pinflow/{}/rebuilds", sink_->plan().pipeline);
}

std::vector<Place> Rebuild::places() const {
    std::vector<Place> places;
    for (const RebuildSpan& span : spans_) places.push_back({span.topic, span.partition, span.from});
    return places;
}

void Rebuild::tell(std::string stage) {
    const std::scoped_lock lock(telling_);
    stage_ = std::move(stage);
}

Rebuild::Progress Rebuild::progress() const {
    const std::scoped_lock lock(telling_);
    return {.stage = stage_, .offsets = offsets_, .of_offsets = of_offsets_};
}

Result<Rebuilt> Rebuild::run(const std::atomic<bool>& stop) {
    PINFLOW_ASSIGN(const bool there, begin());
    if (there) return counts_;
    tell("reading");
    for (int round = 0; round < most_rounds; ++round) {
        PINFLOW_ASSIGN(const int64_t left, aim());
        if (round > 0 && left <= near_offsets) break;
        PINFLOW_TRY(read_on(threads(), stop));
    }
    tell("looking at the table's files");
    TableStore& store = sink_->store();
    RowRemovals old(store.removal(rows_of(places())), store.removal(rows_of(places())));
    if (dry_run_) {
        PINFLOW_TRY(count_old(old));
        return counts_;
    }
    PINFLOW_TRY(plan_removal(old));
    PINFLOW_TRY(exchange(old, stop));
    PINFLOW_TRY(journal_.remove());
    store.keep_unnamed_files(false);
    return counts_;
}

// True if the rows are in the table already: only the journal was left.
Result<bool> Rebuild::begin() {
    PINFLOW_ASSIGN(const auto sources, sink_->sources());
    if (dry_run_) {
        PINFLOW_TRY(open_raw());
        PINFLOW_TRY(begin_anew());
        return false;
    }
    PINFLOW_ASSIGN(auto notes, journal_.read());
    PINFLOW_ASSIGN(const bool there, is_there());
    if (there) {
        if (notes) {
            adopt(std::move(*notes), sources);
            PINFLOW_TRY(journal_.remove());
        }
        sink_->store().keep_unnamed_files(false);
        return true;
    }
    sink_->store().keep_unnamed_files(true);
    PINFLOW_TRY(open_raw());
    if (notes) {
        PINFLOW_ASSIGN(const std::string rules, take_plan(notes->spans));
        if (rules == notes->rules && can_go_on(*notes, sources)) {
            adopt(std::move(*notes), sources);
            return false;
        }
        PINFLOW_TRY(remove_files(*notes));
    }
    PINFLOW_TRY(begin_anew());
    return false;
}

// Asked of the table itself: what a commit came to may be unknown here, and its files are the table's if it is there.
Result<bool> Rebuild::is_committed() {
    PINFLOW_ASSIGN(const auto snapshot, or_later(sink_->store().clean().refresh()));
    return snapshot->txn_version(mark_id()) >= order_.asked_ms;
}

Result<bool> Rebuild::is_there() {
    PINFLOW_ASSIGN(const bool committed, is_committed());
    if (!committed) return false;
    const Silence silence(*sink_);
    if (sink_->store().is_unfinished()) PINFLOW_TRY(or_later(sink_->store().finish()));
    return true;
}

Result<> Rebuild::begin_anew() {
    RebuildNotes notes{.order = order_};
    PINFLOW_ASSIGN(notes.spans, plan_spans());
    PINFLOW_ASSIGN(notes.rules, take_plan(notes.spans));
    if (!dry_run_) PINFLOW_TRY(journal_.write(notes));
    PINFLOW_ASSIGN(const auto sources, sink_->sources());
    adopt(std::move(notes), sources);
    if (readers_.size() != spans_.size())
        return fail(Code::conflict, "a topic of the table was deleted just now: it is looked at anew");
    elsewhere_.clear();
    for (const auto& source : sources)
        if (std::ranges::count(spans_, source.app_id, &RebuildSpan::app_id) == 0)
            elsewhere_[source.app_id] = source.position;
    return look_for_keys();
}

Result<> Rebuild::look_for_keys() {
    if (plan_->declaration.unique.empty()) return {};
    unique_rows_ = std::make_unique<UniqueRows>(environment_.delta, environment_.database, *plan_);
    return unique_rows_->begin_without(sink_->store().clean(), rows_of(places()));
}

// Gives the fingerprint of what rows are made by.
Result<std::string> Rebuild::take_plan(const std::vector<RebuildSpan>& spans) {
    PINFLOW_ASSIGN(plan_, sink_->plan_from(starts_of(spans)));
    return hex_encode(as_bytes(digest(Hash::sha256, plan_->declaration.rule_version + "\n" + plan_->forget)));
}

bool Rebuild::can_go_on(const RebuildNotes& notes, const std::vector<TableSink::Source>& sources) const {
    if (!plan_->declaration.unique.empty()) return false;  // the keys of the parts are in nobody's memory
    std::map<std::string, int64_t> next = starts_of(notes.spans);
    for (const RebuildPart& part : notes.parts) {
        for (const auto& [app_id, offset] : part.next) next[app_id] = offset;
        if (!are_there(sink_->store().clean(), part.clean)) return false;
        if (!are_there(sink_->store().quarantine(), part.quarantine)) return false;
    }
    return std::ranges::all_of(next, [&](const auto& entry) {
        const auto source = std::ranges::find(sources, entry.first, &TableSink::Source::app_id);
        return source != sources.end() && (raw_ || source->partition->start_offset() <= entry.second);
    });
}

void Rebuild::adopt(RebuildNotes notes, const std::vector<TableSink::Source>& sources) {
    rules_ = notes.rules;
    spans_ = std::move(notes.spans);
    readers_.clear();
    for (const RebuildSpan& span : spans_) {
        const auto source = std::ranges::find(sources, span.app_id, &TableSink::Source::app_id);
        if (source == sources.end()) continue;  // only where nothing is read any more
        readers_.push_back(
            {.source = *source, .from = span.from, .next = span.from, .hold = source->partition->hold(span.from)});
    }
    for (RebuildPart& part : notes.parts) {
        count(part);
        for (Reader& reader : readers_) {
            const auto next = part.next.find(reader.source.app_id);
            if (next == part.next.end()) continue;
            reader.next = next->second;
            reader.hold->advance(reader.next);
        }
        std::ranges::move(part.clean, std::back_inserter(clean_));
        std::ranges::move(part.quarantine, std::back_inserter(quarantine_));
    }
}

void Rebuild::count(const RebuildPart& part) {
    counts_.records += part.records;
    counts_.rows += part.rows;
    counts_.quarantined += part.quarantined;
    counts_.skipped += part.skipped;
    counts_.warnings += part.warnings;
    counts_.duplicates += part.duplicates;
}

}  // namespace pinflow::sink
