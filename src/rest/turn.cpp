#include "rest/turn.h"

#include "rest/answers.h"

namespace pinflow::rest {

Turn& Turn::of_this_thread() {
    static thread_local Turn turn;
    return turn;
}

// An answer lets its connection hand out its next request: that is answered too.
Turn::~Turn() {
    waiting_ = true;
    while (used_ > 0) {
        const std::vector<Group> groups = std::exchange(groups_, {});
        const size_t used = std::exchange(used_, 0);
        for (size_t i = 0; i < used; ++i)
            for (const Asker& asker : groups[i].askers)
                asker.exchange->reply(answer(Refusal{503, 50302, "Pinflow is stopping."}));
    }
}

void Turn::add(net::Exchange& exchange, const broker::TopicPtr& topic, std::span<const broker::OutgoingRecord> records,
               Clock& clock) {
    Group& group = group_of(topic, clock);
    group.askers.push_back(
        {&exchange, static_cast<uint32_t>(group.records.size()), static_cast<uint32_t>(records.size())});
    for (const broker::OutgoingRecord& record : records)
        group.records.push_back({keep(group, record.key), keep(group, record.value), record.partition});
    if (group.bytes.size() >= most_bytes) return end_turn();
    if (!std::exchange(waiting_, true)) exchange.at_turn_end(*this);
}

Turn::Group& Turn::group_of(const broker::TopicPtr& topic, Clock& clock) {
    for (size_t i = 0; i < used_; ++i)
        if (groups_[i].topic == topic) return groups_[i];
    if (used_ == most_groups) end_turn();
    if (used_ == groups_.size()) groups_.emplace_back();
    Group& group = groups_[used_++];
    group.topic = topic;
    group.now_ms = clock.wall_ms();
    return group;
}

Turn::Part Turn::keep(Group& group, const std::optional<Bytes>& bytes) {
    if (!bytes) return {};
    const Part part{static_cast<uint32_t>(group.bytes.size()), static_cast<uint32_t>(bytes->size()), false};
    group.bytes.append(as_text(*bytes));
    return part;
}

// An answer may be given at once, and its connection's next request come to add() before this returns: that one finds
// other groups.
void Turn::end_turn() {
    waiting_ = false;
    std::vector<Group> groups = std::exchange(groups_, std::move(spare_));
    const size_t used = std::exchange(used_, 0);
    for (size_t i = 0; i < used; ++i) produce(groups[i]);
    spare_ = std::move(groups);
}

// The group is empty afterwards and keeps its memory, but for the askers: they go with the records.
void Turn::produce(Group& group) {
    const auto bytes_of = [&](const Part& part) -> std::optional<Bytes> {
        if (part.is_null) return std::nullopt;
        return as_bytes(std::string_view(group.bytes).substr(part.from, part.size));
    };
    outgoing_.clear();
    for (const Kept& record : group.records)
        outgoing_.push_back({bytes_of(record.key), bytes_of(record.value), record.partition});
    broker::produce(
        *group.topic, outgoing_, group.now_ms,
        [askers = std::exchange(group.askers, {})](const broker::Produced& produced) {
            for (const Asker& asker : askers)
                asker.exchange->reply(answer(produced, asker.first, asker.count, asker.exchange->spare_memory()));
        });
    group.topic.reset();
    group.records.clear();
    group.bytes.clear();
}

}  // namespace pinflow::rest
