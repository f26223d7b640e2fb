#include "sink/row_exchange.h"

namespace pinflow::sink {

std::string rows_of(const std::vector<Place>& places) {
    std::string condition;
    for (const Place& place : places) {
        condition +=
            fmt::format("{}(_topic = {} AND _partition = {} AND _offset >= {})", condition.empty() ? "" : " OR ",
                        engine::quote_text(place.topic), place.partition, place.from);
    }
    return condition.empty() ? no_rows : condition;
}

std::string rows_of(const std::vector<PickedRecords>& records) {
    const std::string name = fmt::format(
        "concat(_offset, CASE WHEN TRY_CAST(regexp_extract(message, {0}, 2) AS INTEGER) > 1 THEN '#' || "
        "regexp_extract(message, {0}, 1) END)",
        aggregate_pattern);
    std::string condition;
    for (const PickedRecords& of : records) {
        std::string names;
        for (const std::string& each : of.names) names += (names.empty() ? "" : ", ") + engine::quote_text(each);
        condition +=
            fmt::format("{}(_topic = {} AND _partition = {} AND {} IN (SELECT unnest([{}]::VARCHAR[])))",
                        condition.empty() ? "" : " OR ", engine::quote_text(of.topic), of.partition, name, names);
    }
    return condition.empty() ? no_rows : condition;
}

Result<RowRemoval::Plan> RowRemoval::plan(const delta::Snapshot& snapshot, const delta::Table& table) {
    return look(snapshot, table, true);
}

Result<RowRemoval::Plan> RowRemoval::count(const delta::Snapshot& snapshot, const delta::Table& table) {
    return look(snapshot, table, false);
}

Result<RowRemoval::Plan> RowRemoval::look(const delta::Snapshot& snapshot, const delta::Table& table, bool write) {
    Plan plan;
    if (condition_ == no_rows) return plan;
    for (const auto& file : files_of(snapshot)) {
        const auto [entry, fresh] = known_.try_emplace(file->path);
        Known& known = entry->second;
        if (fresh) {
            auto counts = files_.count(snapshot, table, file, condition_);
            if (!counts) {
                known_.erase(entry);
                return fail(std::move(counts).error());
            }
            known.counts = *counts;
        }
        if (write && !known.planned) PINFLOW_TRY(plan_file(snapshot, table, file, known));
        plan.rows += known.counts.matching;
        plan.kept += known.counts.rows - known.counts.matching;
        std::ranges::copy(known.swap.removes, std::back_inserter(plan.swap.removes));
        std::ranges::copy(known.swap.adds, std::back_inserter(plan.swap.adds));
    }
    return plan;
}

Result<> RowRemoval::plan_file(const delta::Snapshot& snapshot, const delta::Table& table,
                               const delta::FileSet::Pointer& file, Known& known) {
    if (known.counts.matching == known.counts.rows)
        known.swap.removes.push_back(removal_of(*file));
    else if (known.counts.matching > 0)
        PINFLOW_TRY(files_.remove_rows(snapshot, table, file, condition_, known.swap));
    known.planned = true;
    return {};
}

}  // namespace pinflow::sink
