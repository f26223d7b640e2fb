// TableSink's way with fields that nobody declared: a batch that brings some waits a little for others, and then all of
// them become columns in the commit of that batch (docs/pipelines.md, "Fields that nobody declared").
#include <spdlog/spdlog.h>

#include "sink/table_sink.h"

namespace pinflow::sink {
namespace {

constexpr int64_t rest_ms = 60'000;  // after a look at fields that became no columns: they are likely to come again

std::string listed(const std::vector<NewColumn>& columns) {
    std::string list;
    for (const NewColumn& column : columns) {
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", column.column,
                            delta::duckdb_type(delta_column(column).type));
        if (column.column != column.field) list += fmt::format(" (of {})", column.field);
    }
    return list;
}

}  // namespace

std::shared_ptr<const TablePlan> TableSink::current_plan() const {
    const std::scoped_lock lock(mutex_);
    return grown_plan_;
}

// Under the lock, with the store open.
void TableSink::take_columns_of_table() {
    delta::Schema schema = store_->clean().snapshot()->metadata->schema;
    for (const Forgotten& request : forgotten_) {  // a table that is made anew lacks what conditions speak of
        for (const NewColumn& column : request.columns)
            if (!schema.find(column.column)) schema.columns.push_back(delta_column(column));
    }
    auto columns = remembered_columns(schema, plan_);
    if (columns == grown_plan_->new_columns) return;
    grown_plan_ = std::make_shared<const TablePlan>(with_new_columns(plan_, std::move(columns)));
}

Result<bool> TableSink::grow(Flight& flight, bool hurried) {
    if (plan_.declaration.schema != SchemaMode::add || !flight.cleaner || flight.cleaner->rescued().empty())
        return true;
    {
        const std::scoped_lock lock(mutex_);
        if (environment_.delta.clock.steady_ms() < no_growth_before_ms_) return true;
    }
    Proposal proposal = propose_columns(flight.cleaner->rescued(), flight.cleaner->row_count(), *flight.plan,
                                        store_->clean().snapshot()->metadata->schema);
    if (!proposal.columns.empty() && waits_for_fields(flight, hurried)) return false;
    if (!proposal.left_over.empty()) {
        spdlog::warn("table {}: fields that stay in {}: {}", table_, rescued_column,
                     fmt::join(proposal.left_over, ", "));
        const std::scoped_lock lock(mutex_);
        no_growth_before_ms_ = environment_.delta.clock.steady_ms() + rest_ms;
    }
    if (proposal.columns.empty()) return true;
    spdlog::info("table {}: new columns {}", table_, listed(proposal.columns));
    PINFLOW_TRY(parse_again(flight, std::move(proposal.columns)));
    return true;
}

// A full batch does not: it has seen enough.
bool TableSink::waits_for_fields(const Flight& flight, bool hurried) {
    const std::scoped_lock lock(mutex_);
    const int64_t now = environment_.delta.clock.steady_ms();
    if (window_ends_ms_ == 0) window_ends_ms_ = now + plan_.declaration.settings.schema_window_ms;
    if (!hurried && !more_ && !is_full(flight) && now < window_ends_ms_) return true;
    window_ends_ms_ = 0;
    return false;
}

// The same records with more columns. The batches that come next have them too, whatever becomes of this one.
Result<> TableSink::parse_again(Flight& flight, std::vector<NewColumn> columns) {
    columns.insert(columns.begin(), flight.plan->new_columns.begin(), flight.plan->new_columns.end());
    const auto grown = std::make_shared<const TablePlan>(with_new_columns(plan_, std::move(columns)));
    const std::string& forget = flight.plan->forget;
    flight.plan = forget.empty() ? grown : std::make_shared<const TablePlan>(without_rows(*grown, forget));
    flight.release_cleaner();
    flight.parsed = 0;
    PINFLOW_TRY(parse(flight));
    const std::scoped_lock lock(mutex_);
    grown_plan_ = grown;
    return {};
}

}  // namespace pinflow::sink
