#include "sink/forgotten_records.h"

#include <set>

#include "engine/sql_tokens.h"
#include "sink/record_batch.h"
#include "sink/table_store.h"

namespace pinflow::sink {
namespace {

// "pinflow/PIPELINE/TOPIC-ID/PARTITION" -> "/TOPIC-ID/PARTITION"
std::string_view place_in(std::string_view app_id) {
    const size_t partition = app_id.rfind('/');
    const size_t topic =
        partition == 0 || partition == std::string_view::npos ? partition : app_id.rfind('/', partition - 1);
    return topic == std::string_view::npos ? app_id : app_id.substr(topic);
}

std::string place_of(const broker::Topic& topic, int32_t partition) {
    return fmt::format("/{}/{}", topic.id.text(), partition);
}

bool speaks_of_what_objects_lack(const TablePlan& plan, const std::string& where) {
    const auto speaks = [](const std::string& sql) {
        return std::ranges::any_of(engine::sql_tokens(sql), [](const engine::SqlToken& token) {
            static const std::set<std::string> lacking = {"_offset", "_time", "_rule_version"};
            return token.is_name() && lacking.contains(comparable_name(token.text));
        });
    };
    return speaks(where) || speaks(plan.selection);
}

// Records as a table takes them, aggregated ones apart, and which of those that were given each is of.
struct Parts {
    std::vector<engine::RecordIn> records;
    std::vector<size_t> owners;
};

Parts taken_apart(std::span<const engine::RecordIn> records, const RecordBatch::Wanted& wanted) {
    Parts all;
    const auto add = [&](const engine::RecordIn& record, size_t owner) {
        if (wanted && !wanted(record)) return;
        all.records.push_back(record);
        all.owners.push_back(owner);
    };
    Aggregate aggregate;
    for (size_t i = 0; i < records.size(); ++i) {
        const auto& parts = aggregate.read(records[i].value.value_or(Bytes()));
        if (parts.empty()) add(records[i], i);
        engine::RecordIn part = records[i];
        part.parts = static_cast<int32_t>(parts.size());
        for (const UserRecord& each : parts) {
            part.key = each.partition_key;
            part.value = each.data;
            add(part, i);
            ++part.part;
        }
    }
    return all;
}

}  // namespace

void ForgottenRecords::use(std::shared_ptr<const Pipelines> pipelines) {
    const std::scoped_lock lock(mutex_);
    pipelines_ = std::move(pipelines);
}

std::shared_ptr<const Pipelines> ForgottenRecords::pipelines() const {
    const std::scoped_lock lock(mutex_);
    return pipelines_;
}

Result<int64_t> ForgottenRecords::below(const std::string& topic, int32_t partition) {
    PINFLOW_ASSIGN(const auto all, list_->all());
    if (all->empty()) return 0;
    const auto found = topics_.find(topic);
    if (!found) return 0;
    const std::scoped_lock lock(mutex_);
    if (indexed_ != all) {
        below_.clear();
        for (const Forgotten& request : *all)
            for (const auto& [app_id, offset] : request.up_to) {
                int64_t& highest = below_[std::string(place_in(app_id))];
                highest = std::max(highest, offset);
            }
        indexed_ = all;
    }
    const auto known = below_.find(place_of(*found, partition));
    return known == below_.end() ? 0 : known->second;
}

Result<ForgottenRecords::Maker> ForgottenRecords::maker(const Pipelines& pipelines, const Forgotten& request,
                                                        std::string_view topic) {
    for (const Target& target : pipelines.targets(topic))
        if (target.table == request.table) return Maker{target.plan, false};
    for (const Target& target : pipelines.makers(request.table))
        if (!target.source->record_keys.empty() && target.source->topic.match(topic)) return Maker{target.plan, true};
    return fail(
        Code::unsupported,
        "what {} must forget cannot be told of records of {} any more, for no pipeline makes the table of them: "
        "see docs/forgetting.md",
        request.table, topic);
}

Result<RecordJudge::Verdict> ForgottenRecords::judge_by(const Pipelines& pipelines, const Forgotten& request,
                                                        const Maker& maker, std::span<const engine::RecordIn> records) {
    const TablePlan plan = request.columns.empty() ? *maker.plan : with_new_columns(*maker.plan, request.columns);
    const auto fits = check_condition(request.where, plan.clean_schema, *database_);
    if (!fits)
        return fail(Code::unsupported, "what {} must forget cannot be told any more ({}): see docs/forgetting.md",
                    request.table, fits.error().message);
    PINFLOW_ASSIGN(const auto judge, RecordJudge::make(plan, request.where, *database_));
    RecordBatch::Wanted wanted;
    if (maker.by_key)
        wanted = [&](const engine::RecordIn& record) {
            const auto targets = pipelines.keyed_targets(record.topic, as_text(record.key.value_or(Bytes())));
            return std::ranges::find(targets, request.table, &Target::table) != targets.end();
        };
    const Parts parts = taken_apart(records, wanted);
    PINFLOW_ASSIGN(const Verdict of_parts, judge->judge(parts.records));
    Verdict verdict{.matches = std::vector<bool>(records.size()), .unknown = of_parts.unknown};
    for (size_t i = 0; i < parts.owners.size(); ++i)
        if (of_parts.matches[i]) verdict.matches[parts.owners[i]] = true;
    return verdict;
}

Result<std::vector<bool>> ForgottenRecords::judge(std::span<const engine::RecordIn> records) {
    std::vector<bool> forgotten(records.size());
    const auto topic = records.empty() ? nullptr : topics_.find(std::string(records[0].topic));
    if (!topic) return forgotten;
    PINFLOW_ASSIGN(const auto all, list_->all());
    const auto now = pipelines();
    const std::string place = place_of(*topic, records[0].partition);
    for (const Forgotten& request : *all) {
        for (const auto& [app_id, offset] : request.up_to) {
            if (place_in(app_id) != place) continue;
            const auto end = std::ranges::lower_bound(records, offset, {}, &engine::RecordIn::offset);
            const auto meant = records.first(static_cast<size_t>(end - records.begin()));
            if (meant.empty()) continue;
            PINFLOW_ASSIGN(const Maker by, maker(*now, request, topic->name));
            PINFLOW_ASSIGN(const Verdict verdict, judge_by(*now, request, by, meant));
            for (size_t i = 0; i < meant.size(); ++i) forgotten[i] = forgotten[i] || verdict.matches[i];
        }
    }
    return forgotten;
}

Result<RecordJudge::Verdict> ForgottenRecords::judge_contents(const Forgotten& request,
                                                              std::span<const engine::RecordIn> records) {
    Verdict verdict{.matches = std::vector<bool>(records.size())};
    if (records.empty()) return verdict;
    const auto now = pipelines();
    PINFLOW_ASSIGN(const Maker by, maker(*now, request, records[0].topic));
    if (!by.by_key && !speaks_of_what_objects_lack(*by.plan, request.where))
        return judge_by(*now, request, by, records);
    verdict.unknown = static_cast<int64_t>(records.size());
    return verdict;
}

}  // namespace pinflow::sink
