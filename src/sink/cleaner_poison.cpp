// How a Cleaner finds the records on which the cleaning SQL itself fails.
#include "sink/cleaner.h"

namespace pinflow::sink {

// The SQL fails on some record: finds which by halving, and leaves the others parsed.
Result<std::vector<Quarantined>> Cleaner::set_poison_aside() {
    const std::vector<engine::RecordIn> all = records_;
    std::vector<Quarantined> poison;
    PINFLOW_TRY(find_poison(all, poison));
    std::vector<engine::RecordIn> good;
    size_t next = 0;
    for (const engine::RecordIn& record : all) {
        const bool bad = next < poison.size() && poison[next].record.offset == record.offset &&
                         poison[next].record.partition == record.partition &&
                         poison[next].record.topic == record.topic && poison[next].record.part == record.part;
        if (bad)
            ++next;
        else
            good.push_back(record);
    }
    begin();
    add(good);
    return poison;
}

Result<> Cleaner::find_poison(std::span<const engine::RecordIn> records, std::vector<Quarantined>& into) {
    if (records.empty()) return {};
    const auto outcome = try_records(records);
    if (outcome) return {};
    if (!may_be_the_data(outcome.error())) return outcome;
    if (records.size() == 1) {
        into.push_back({records[0], std::string(rule_sql), outcome.error().message});
        return {};
    }
    PINFLOW_TRY(find_poison(records.first(records.size() / 2), into));
    return find_poison(records.subspan(records.size() / 2), into);
}

Result<> Cleaner::try_records(std::span<const engine::RecordIn> records) {
    begin();
    add(records);
    std::vector<Quarantined> ignored;
    PINFLOW_TRY(find_failures(ignored));
    PINFLOW_TRY((excluded_count_ > 0 ? try_remaining_ : try_all_)->run());
    return {};
}

}  // namespace pinflow::sink
