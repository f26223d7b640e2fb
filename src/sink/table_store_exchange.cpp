// TableStore's way of putting rows in the place of others: a rebuild, a replay.
#include "base/json_tree.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "sink/rebuild_journal.h"
#include "sink/table_store.h"

namespace pinflow::sink {
namespace {

constexpr int most_exchanges = 20;

// What the clean commit says, so that the quarantine's can be made from it.
std::string exchange_note(const TablePlan& plan, int64_t sequence, const RowExchange& rows) {
    JsonWriter json;
    json.begin_object().key("pipeline").string(plan.pipeline).key("ruleVersion").string(plan.declaration.rule_version);
    json.key("sequence").number(sequence).key("quarantined").number(rows.counts.quarantined);
    json.key("skipped").number(rows.counts.skipped).key("warnings").number(rows.counts.warnings);
    json.key("duplicates").number(rows.counts.duplicates);
    json.key("exchanged").begin_array();
    for (const auto& [topic, partition, from] : rows.places) {
        json.begin_object().key("topic").string(topic).key("partition").number(partition);
        json.key("from").number(from).end_object();
    }
    json.end_array().key("picked").begin_array();
    for (const auto& [topic, partition, names] : rows.picked) {
        json.begin_object().key("topic").string(topic).key("partition").number(partition);
        json.key("records").begin_array();
        for (const std::string& name : names) json.string(name);
        json.end_array().end_object();
    }
    json.end_array().key("everything").boolean(rows.everything).key("settles").boolean(rows.settles);
    if (rows.replay) json.key("replay").number(*rows.replay);
    json.key("operation").string(rows.operation);
    json.key("quarantineFiles").string(adds_text(rows.quarantine)).end_object();
    return std::move(json).text();
}

Result<int64_t> number_in(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    const auto number = found && found->number() ? parse_int(*found->number()) : std::nullopt;
    if (number) return *number;
    return fail(Code::corrupt, "commitInfo.pinflow: {} is missing", name);
}

bool is_true(const Json& json, std::string_view name) {
    const Json* const found = json.find(name);
    return found && found->boolean() && *found->boolean();
}

Result<Place> parse_place(const Json& json) {
    PINFLOW_ASSIGN(const int64_t partition, number_in(json, "partition"));
    PINFLOW_ASSIGN(const int64_t from, number_in(json, "from"));
    return Place{.topic = json.text_or("topic"), .partition = static_cast<int32_t>(partition), .from = from};
}

Result<PickedRecords> parse_picked(const Json& json) {
    PINFLOW_ASSIGN(const int64_t partition, number_in(json, "partition"));
    PickedRecords records{.topic = json.text_or("topic"), .partition = static_cast<int32_t>(partition)};
    const Json* const names = json.find("records");
    if (!names || !names->list()) return fail(Code::corrupt, "commitInfo.pinflow: records is missing");
    for (const Json& name : *names->list()) {
        if (name.text()) records.names.push_back(*name.text());
    }
    return records;
}

// Nothing if the commit was none.
Result<std::optional<RowExchange>> parse_exchange(const std::string& note) {
    PINFLOW_ASSIGN(const Json json, parse_json_tree(note, {.depth = 100, .values = SIZE_MAX}));
    const Json* const places = json.find("exchanged");
    if (!places || !places->list()) return std::nullopt;
    RowExchange rows{.operation = json.text_or("operation")};
    for (const Json& place : *places->list()) {
        PINFLOW_ASSIGN(Place parsed, parse_place(place));
        rows.places.push_back(std::move(parsed));
    }
    const Json* const picked = json.find("picked");
    for (const Json& records : picked && picked->list() ? *picked->list() : JsonList()) {
        PINFLOW_ASSIGN(PickedRecords parsed, parse_picked(records));
        rows.picked.push_back(std::move(parsed));
    }
    rows.everything = is_true(json, "everything");
    rows.settles = is_true(json, "settles");
    PINFLOW_ASSIGN(rows.counts.quarantined, number_in(json, "quarantined"));
    if (json.find("replay")) {
        PINFLOW_ASSIGN(rows.replay, number_in(json, "replay"));
    }
    PINFLOW_ASSIGN(rows.quarantine, parse_adds(json.text_or("quarantineFiles")));
    return rows;
}

Result<> check_types_of_kept_rows(const delta::Schema& table, const delta::Schema& wanted) {
    for (const delta::Column& column : wanted.columns) {
        const delta::Column* const old = table.find(column.name);
        if (old && !(old->type == column.type))
            return fail(Code::unsupported, "column {} is {} and would be {}", column.name,
                        delta::duckdb_type(old->type), delta::duckdb_type(column.type));
    }
    return {};
}

}  // namespace

Result<> check_rows_can_go(const delta::Table& table) {
    const auto snapshot = table.snapshot();
    for (const std::string property : {"delta.appendOnly", "delta.enableChangeDataFeed"}) {
        const auto found = snapshot->metadata->configuration.find(property);
        if (found == snapshot->metadata->configuration.end() || found->second != "true") continue;
        return fail(Code::unsupported, "no row can be taken out of {}: it has {}", table.where(), property);
    }
    return {};
}

Result<> TableStore::check_rows_can_go() const {
    PINFLOW_TRY(sink::check_rows_can_go(*clean_));
    return sink::check_rows_can_go(*quarantine_);
}

std::string RowExchange::quarantine_condition() const {
    if (everything) return all_rows;
    if (picked.empty()) return rows_of(places);
    return places.empty() ? rows_of(picked) : fmt::format("({}) OR ({})", rows_of(places), rows_of(picked));
}

RowRemoval TableStore::removal(std::string condition) const {
    return {FileRewriter(environment_, *environment_.database, plan_.declaration.settings.compression),
            std::move(condition)};
}

Result<> TableStore::check_positions(const RowExchange& rows) const {
    for (const auto& [app_id, offset] : rows.positions) {
        if (position(app_id) == offset) continue;
        return fail(Code::conflict, "{} is at {} in the table, not at {}", app_id, position(app_id), offset);
    }
    return {};
}

Result<> TableStore::exchange(const RowExchange& rows, RowRemovals& old) {
    if (unfinished_) PINFLOW_TRY(finish());
    PINFLOW_TRY(keep_rules());
    unfinished_ = true;  // until both commits are known to be there
    Result<> done;
    for (int tries = 0; tries < most_exchanges; ++tries) {
        PINFLOW_TRY(look_again());
        PINFLOW_TRY(check_positions(rows));
        const int64_t previous = clean_->snapshot()->txn_version(app_id());
        done = commit_exchange(rows, previous + 1, previous, old.clean);
        if (done) PINFLOW_TRY(exchange_quarantine(previous + 1, rows, old.quarantine));
        if (done || done.error().code != Code::conflict) break;
    }
    if (done) unfinished_ = false;
    return done;
}

// conflict: others changed the table meanwhile, and it is to be looked at again.
Result<> TableStore::commit_exchange(const RowExchange& rows, int64_t sequence, int64_t previous, RowRemoval& known) {
    const auto snapshot = clean_->snapshot();
    PINFLOW_TRY(check_types_of_kept_rows(snapshot->metadata->schema, rows.schema));
    PINFLOW_ASSIGN(RowRemoval::Plan plan, known.plan(*snapshot, *clean_));
    delta::Commit commit{.info = {.operation = rows.operation, .parameters = rows.parameters}};
    PINFLOW_ASSIGN(commit.metadata, metadata_with(rows.schema));
    commit.removes = std::move(plan.swap.removes);
    commit.adds = std::move(plan.swap.adds);
    commit.info.metrics = {{"numOutputRows", std::to_string(rows.counts.rows)},
                           {"numDeletedRows", std::to_string(plan.rows)},
                           {"numCopiedRows", std::to_string(plan.kept)},
                           {"numRemovedFiles", std::to_string(commit.removes.size())},
                           {"numAddedFiles", std::to_string(commit.adds.size() + rows.clean.size())}};
    std::ranges::copy(rows.clean, std::back_inserter(commit.adds));
    commit.info.extra_json = exchange_note(plan_, sequence, rows);
    const int64_t now = environment_.clock.wall_ms();
    commit.txns.push_back({.app_id = app_id(), .version = sequence, .last_updated_ms = now, .previous = previous});
    commit.txns.push_back(count_quarantined(*clean_, rows.counts.quarantined));
    if (rows.replay) {
        commit.txns.push_back({.app_id = replays_app_id(),
                               .version = *rows.replay,
                               .last_updated_ms = now,
                               .previous = *rows.replay - 1});
    }
    std::ranges::copy(rows.txns, std::back_inserter(commit.txns));
    commit.by_file = !rows.everything;
    commit.rows_as_of = rows.counts.judged_version;
    PINFLOW_ASSIGN(const delta::Committed committed, clean_->commit(std::move(commit)));
    if (committed.already_there) return fail(Code::conflict, "the table has commit {} already", sequence);
    return {};
}

// Of the quarantine's commit. A replay that lost its second commit is settled by what makes both tables anew; where
// others replay too, only by what leaves none of their rows.
std::vector<delta::Txn> TableStore::exchange_txns(int64_t sequence, const RowExchange& rows) const {
    const int64_t now = environment_.clock.wall_ms();
    std::vector<delta::Txn> txns{{.app_id = app_id(), .version = sequence, .last_updated_ms = now}};
    const bool settles_replays = rows.everything || (rows.settles && writer_.empty());
    const int64_t replay = settles_replays ? position(replays_app_id()) : rows.replay.value_or(-1);
    if (replay > quarantine_->snapshot()->txn_version(replays_app_id()))
        txns.push_back({.app_id = replays_app_id(), .version = replay, .last_updated_ms = now});
    if (!counts_quarantined()) return txns;
    txns.push_back(count_quarantined(*quarantine_, rows.counts.quarantined));
    if (rows.settles || rows.everything) txns.back().version = position(quarantined_app_id());
    return txns;
}

// Looks by places and not by the names of files: they may have been compacted since the clean commit.
Result<> TableStore::exchange_quarantine(int64_t sequence, const RowExchange& rows, RowRemoval& known) {
    Result<> done;
    for (int tries = 0; tries < most_exchanges; ++tries) {
        PINFLOW_ASSIGN(const auto snapshot, quarantine_->refresh());
        if (snapshot->txn_version(app_id()) >= sequence) return {};
        PINFLOW_ASSIGN(RowRemoval::Plan plan, known.plan(*snapshot, *quarantine_));
        delta::Commit commit{.info = {.operation = rows.operation}};
        commit.info.parameters = {{"epochId", std::to_string(sequence)}};
        commit.removes = std::move(plan.swap.removes);
        commit.adds = std::move(plan.swap.adds);
        std::ranges::copy(rows.quarantine, std::back_inserter(commit.adds));
        commit.txns = exchange_txns(sequence, rows);
        commit.by_file = !rows.everything;
        const auto committed = quarantine_->commit(std::move(commit));
        done = committed ? Result<>() : fail(committed.error());
        if (done || done.error().code != Code::conflict) break;
    }
    return done;
}

Result<bool> TableStore::finish_exchange(int64_t sequence, const std::string& note) {
    PINFLOW_ASSIGN(const auto rows, parse_exchange(note));
    if (!rows) return false;
    RowRemoval known = removal(rows->quarantine_condition());
    PINFLOW_TRY(exchange_quarantine(sequence, *rows, known));
    return true;
}

}  // namespace pinflow::sink
