// Rebuild's last step: its rows come in the place of the old ones, or what it wrote is taken away again.
#include "base/text.h"
#include "delta/paths.h"
#include "sink/for_later.h"
#include "sink/rebuild.h"
#include "sink/silence.h"

namespace pinflow::sink {

Result<> Rebuild::plan_removal(RowRemovals& old) {
    TableStore& store = sink_->store();
    PINFLOW_TRY(or_later(old.clean.plan(*store.clean().snapshot(), store.clean())));
    PINFLOW_TRY(or_later(old.quarantine.plan(*store.quarantine().snapshot(), store.quarantine())));
    return {};
}

Result<> Rebuild::count_old(RowRemovals& old) {
    TableStore& store = sink_->store();
    PINFLOW_ASSIGN(const auto rows, or_later(old.clean.count(*store.clean().snapshot(), store.clean())));
    PINFLOW_ASSIGN(const auto records,
                   or_later(old.quarantine.count(*store.quarantine().snapshot(), store.quarantine())));
    counts_.old_rows = rows.rows;
    counts_.old_quarantined = records.rows;
    return {};
}

// The table is silent from here on: what it read last is read, and then old and new rows change places.
Result<> Rebuild::exchange(RowRemovals& old, const std::atomic<bool>& stop) {
    tell("changing places");
    const Silence silence(*sink_);
    TableStore& store = sink_->store();
    if (store.is_unfinished()) PINFLOW_TRY(or_later(store.finish()));
    PINFLOW_TRY(aim());
    PINFLOW_TRY(read_on(1, stop));
    PINFLOW_TRY(check_nothing_changed());
    PINFLOW_TRY(count_old(old));
    RowExchange rows{.operation = "REBUILD", .places = places(), .clean = clean_, .quarantine = quarantine_};
    rows.parameters = {{"from", order_.from_ms ? iso_time_ms(*order_.from_ms) : "the beginning"},
                       {"request", order_.id},
                       {"ruleVersion", plan_->declaration.rule_version}};
    rows.counts.rows = counts_.rows;
    rows.counts.quarantined = counts_.quarantined;
    rows.counts.skipped = counts_.skipped;
    rows.counts.warnings = counts_.warnings;
    rows.counts.duplicates = counts_.duplicates;
    rows.settles = !order_.from_ms && order_.source.empty();  // what a connector could not write is no object
    for (const Reader& reader : readers_) rows.positions[reader.source.app_id] = reader.to;
    rows.txns = {{.app_id = mark_id(), .version = order_.asked_ms}};
    rows.schema = plan_->clean_schema;
    may_be_there_ = true;
    return or_later(store.exchange(rows, old));
}

bool Rebuild::are_there(const delta::Table& table, const std::vector<delta::AddFile>& files) {
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.path);
    const auto missing = delta::missing_of(table.files(), names);
    return missing && missing->empty();
}

// What was read is what is to be put into the table. The table is silent.
Result<> Rebuild::check_nothing_changed() {
    PINFLOW_ASSIGN(const std::string rules, take_plan(spans_));
    if (rules != rules_) return fail(Code::conflict, "what the table must forget has changed: it begins anew");
    if (!are_there(sink_->store().clean(), clean_) || !are_there(sink_->store().quarantine(), quarantine_))
        return fail(Code::conflict, "files that it wrote are gone (does another Pinflow vacuum?): it begins anew");
    if (!unique_rows_) return {};
    PINFLOW_ASSIGN(const auto sources, sink_->sources());
    for (const auto& source : sources) {
        const auto before = elsewhere_.find(source.app_id);
        const bool moved = before != elsewhere_.end()
                               ? source.position != before->second
                               : std::ranges::count(spans_, source.app_id, &RebuildSpan::app_id) == 0;
        if (moved) return fail(Code::conflict, "rows came whose keys it has not seen: it begins anew");
    }
    return {};
}

Result<bool> Rebuild::discard() {
    PINFLOW_ASSIGN(const bool committed, is_committed());
    if (committed) return false;
    PINFLOW_ASSIGN(const auto notes, journal_.read());
    if (notes && !may_be_there_)
        PINFLOW_TRY(remove_files(*notes));  // else vacuum does, once the commit can come no more
    PINFLOW_TRY(journal_.remove());
    return true;
}

Result<> Rebuild::remove_files(const RebuildNotes& notes) {
    const auto remove = [](const delta::Table& table, const std::vector<delta::AddFile>& files) -> Result<> {
        for (const auto& file : files) {
            PINFLOW_ASSIGN(const auto path, delta::file_path(table.folder(), file.path));
            const auto removed = table.files().remove(path);
            if (!removed && removed.error().code != Code::not_found) return removed;
        }
        return {};
    };
    for (const RebuildPart& part : notes.parts) {
        PINFLOW_TRY(remove(sink_->store().clean(), part.clean));
        PINFLOW_TRY(remove(sink_->store().quarantine(), part.quarantine));
    }
    return {};
}

}  // namespace pinflow::sink
