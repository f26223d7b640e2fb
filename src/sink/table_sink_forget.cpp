// TableSink and what people asked to be forgotten (docs/forgetting.md): requests are remembered, carried out by upkeep,
// and obeyed by every batch that reads records from before.
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "base/uuid.h"
#include "delta/protocol.h"
#include "engine/sql_tokens.h"
#include "sink/record_judge.h"
#include "sink/table_sink.h"

namespace pinflow::sink {
namespace {

constexpr int64_t purge_margin_ms = 60'000;

// Those of the columns that the condition may speak of.
std::vector<NewColumn> mentioned(const std::vector<NewColumn>& columns, const std::string& where) {
    std::vector<NewColumn> found;
    const auto tokens = engine::sql_tokens(where);
    for (const NewColumn& column : columns) {
        const std::string name = comparable_name(column.column);
        if (std::ranges::any_of(
                tokens, [&](const auto& token) { return token.is_name() && comparable_name(token.text) == name; }))
            found.push_back(column);
    }
    return found;
}

}  // namespace

Result<> TableSink::check_request(const std::string& where) {
    {
        const std::scoped_lock lock(mutex_);
        if (!store_) return fail(Code::unavailable, "table {} is not open: {}", table_, status_.message);
    }
    PINFLOW_TRY(check_condition(where, current_plan()->clean_schema, *environment_.database));
    return store_->check_rows_can_go();
}

Result<Deleted> TableSink::count_rows(const std::string& where) {
    PINFLOW_TRY(check_request(where));
    const auto plan = current_plan();
    return RowDeletion(environment_.delta, *environment_.database, *plan, where)
        .count(store_->clean(), store_->quarantine());
}

Result<Forgotten> TableSink::request_for(const std::string& where) {
    PINFLOW_TRY(check_request(where));
    Forgotten request{.id = Uuid::random().text(),
                      .time_ms = environment_.delta.clock.wall_ms(),
                      .table = table_,
                      .where = where,
                      .columns = mentioned(current_plan()->new_columns, where)};
    const std::scoped_lock lock(mutex_);
    for (const auto& followed : followed_) {
        const int64_t end = followed->partition->last_stable_offset();
        request.up_to[followed->app_id] = end;
        request.topics[followed->topic->name][followed->partition->index()] = end;
    }
    return request;
}

Result<Forgotten> TableSink::forget(const std::string& where) {
    PINFLOW_ASSIGN(Forgotten request, request_for(where));
    PINFLOW_TRY(environment_.forget_list->add(request));
    remember(request);
    return request;
}

// One that is in the list, and came there after this sink had read it.
void TableSink::remember(const Forgotten& request) {
    {
        const std::scoped_lock lock(mutex_);
        if (std::ranges::count(forgotten_, request.id, &Forgotten::id) > 0) return;
        forgotten_.push_back(request);
        upkeep_at_ms_ = environment_.delta.clock.steady_ms();
    }
    hurry();
}

std::string TableSink::forget_progress(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(forgotten_, id, &Forgotten::id);
    if (found == forgotten_.end() || found->done_ms) return "";
    return !progress_.empty() ? progress_ : "records from before are still on their way into the table";
}

// SQL for the rows of these sources that are to be forgotten; empty if none that is still to be read is. Under the
// lock.
std::string TableSink::forgotten_rows(const std::vector<std::shared_ptr<Followed>>& sources) const {
    std::string rows;
    for (const Forgotten& request : forgotten_) {
        std::string places;
        for (const auto& source : sources) {
            const auto up_to = request.up_to.find(source->app_id);
            if (up_to == request.up_to.end() || source->next >= up_to->second) continue;
            places += fmt::format("{}_topic = {} AND _partition = {} AND _offset < {}", places.empty() ? "" : " OR ",
                                  engine::quote_text(source->topic->name), source->partition->index(), up_to->second);
        }
        if (places.empty()) continue;
        rows += fmt::format("{}(({}) AND ({}\n))", rows.empty() ? "" : " OR ", places, request.where);
    }
    return rows;
}

Result<std::shared_ptr<const TablePlan>> TableSink::plan_for(const std::vector<std::shared_ptr<Followed>>& sources) {
    std::string rows;
    std::shared_ptr<const TablePlan> plan;
    {
        const std::scoped_lock lock(mutex_);
        plan = grown_plan_;
        rows = forgotten_rows(sources);
        if (rows.empty()) return plan;
        const auto& last = forgetting_plan_;
        if (last && last->forget == rows && last->new_columns == plan->new_columns) return last;
    }
    const auto fits = check_condition(rows, plan->clean_schema, *environment_.database);
    if (!fits) {
        return fail(Code::unsupported, "what {} must forget cannot be told any more ({}): see docs/forgetting.md",
                    table_, fits.error().message);
    }
    plan = std::make_shared<const TablePlan>(without_rows(*plan, rows));
    const std::scoped_lock lock(mutex_);
    forgetting_plan_ = plan;
    return plan;
}

// No batch is on its way that was read before the request. Under the lock.
bool TableSink::has_all_before(const Forgotten& request) const {
    return std::ranges::all_of(followed_, [&](const auto& followed) {
        const auto up_to = request.up_to.find(followed->app_id);
        return up_to == request.up_to.end() || followed->done >= up_to->second ||
               followed->partition->start_offset() >= up_to->second;
    });
}

Result<> TableSink::carry_out_requests() {
    std::vector<Forgotten> due;
    {
        const std::scoped_lock lock(mutex_);
        for (const Forgotten& request : forgotten_)
            if (!request.done_ms && has_all_before(request) && !unfinished_) due.push_back(request);
    }
    for (Forgotten& request : due) PINFLOW_TRY(carry_out(std::move(request)));
    if (purge_at_ms_ > environment_.delta.clock.steady_ms()) return {};
    PINFLOW_TRY(store_->clean().remove_expired_files());
    PINFLOW_TRY(store_->quarantine().remove_expired_files());
    const std::scoped_lock lock(mutex_);
    purge_at_ms_ = never;
    plan_purge(environment_.delta.clock.wall_ms());
    return {};
}

// Rows of records from the request's ends on are newer than it, and stay. Where the table has read a topic that is
// gone, its rows stand beside those of the topic that may have come under its name: offsets say nothing then, and all
// go.
std::string TableSink::meant_rows(const Forgotten& request) const {
    bool all_are_known = true;
    store_->clean().snapshot()->txns.for_each([&](const auto& txn) {
        const bool is_position =
            parse_int(std::string_view(txn->app_id).substr(txn->app_id.rfind('/') + 1)).has_value();
        all_are_known = all_are_known && (!is_position || request.up_to.contains(txn->app_id));
    });
    std::string newer;
    for (const auto& [topic, partitions] : request.topics)
        for (const auto& [partition, offset] : partitions)
            newer += fmt::format("{}_topic = {} AND _partition = {} AND _offset >= {}", newer.empty() ? "" : " OR ",
                                 engine::quote_text(topic), partition, offset);
    if (newer.empty() || !all_are_known) return request.where;
    return fmt::format("({}\n) AND ({}) IS NOT TRUE", request.where, newer);
}

Result<> TableSink::carry_out(Forgotten request) {
    const auto plan = current_plan();
    const auto tell = [this](size_t files, size_t of_files) {
        const std::scoped_lock lock(mutex_);
        progress_ = fmt::format("looking at file {} of {}", files, of_files);
    };
    auto deleted = RowDeletion(environment_.delta, *environment_.database, *plan, meant_rows(request))
                       .run(store_->clean(), store_->quarantine(), request.id, tell);
    if (deleted) {
        request.done_ms = environment_.delta.clock.wall_ms();
        request.rows = deleted->rows;
        request.quarantined = deleted->quarantined;
        request.unjudged = deleted->unjudged;
        PINFLOW_TRY(environment_.forget_list->finish(request));
        spdlog::info("table {}: request {} took out {} rows and {} quarantined records", table_, request.id,
                     request.rows, request.quarantined);
    }
    const std::scoped_lock lock(mutex_);
    progress_.clear();
    if (!deleted) return fail(std::move(deleted).error());
    std::ranges::replace_if(forgotten_, [&](const Forgotten& each) { return each.id == request.id; }, request);
    plan_purge();
    return {};
}

// The files that held forgotten rows go as soon as nobody may read old versions any more. Those that were due before
// `since_ms` are gone. Under the lock.
void TableSink::plan_purge(int64_t since_ms) {
    int64_t retention = delta::file_retention_ms(*store_->clean().snapshot()->metadata);
    retention = std::max(retention, delta::file_retention_ms(*store_->quarantine().snapshot()->metadata));
    for (const Forgotten& request : forgotten_) {
        if (!request.done_ms) continue;
        const int64_t due_ms = *request.done_ms + retention + purge_margin_ms;
        if (due_ms < since_ms) continue;
        const int64_t left = due_ms - environment_.delta.clock.wall_ms();
        purge_at_ms_ = std::min(purge_at_ms_, environment_.delta.clock.steady_ms() + std::max<int64_t>(left, 0));
    }
}

}  // namespace pinflow::sink
