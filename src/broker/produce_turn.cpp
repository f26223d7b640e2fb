#include "broker/produce_turn.h"

#include <cassert>
#include <utility>

namespace pinflow::broker {
namespace {

size_t size_of(std::span<const OutgoingRecord> records) {
    size_t size = 0;
    for (const OutgoingRecord& record : records)
        size += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    return size;
}

const ChooseAgain& chooser(const ChooseAgain* choose_again) {
    static const ChooseAgain none;
    return choose_again == nullptr ? none : *choose_again;
}

void produce_alone(const ProduceTurn::Request& request, Clock& clock, ProduceTurn::Answer answer) {
    produce(
        *request.topic, request.records, clock.wall_ms(),
        [answer = std::move(answer)](const Produced& produced) mutable { answer(produced, 0); },
        chooser(request.choose_again));
}

}  // namespace

ProduceTurn& ProduceTurn::of_this_thread() {
    static thread_local ProduceTurn turn;
    return turn;
}

// An answer lets its connection hand out its next request: that is answered too.
ProduceTurn::~ProduceTurn() {
    waiting_ = true;
    while (used_ > 0) {
        std::vector<Group> groups = std::exchange(groups_, {});
        const size_t used = std::exchange(used_, 0);
        for (size_t i = 0; i < used; ++i) {
            const auto failed = Produced::none(groups[i].records.size(), {Code::unavailable, "Pinflow is stopping."});
            for (Asker& asker : groups[i].askers) asker.answer(failed, asker.first);
        }
    }
}

void ProduceTurn::add(net::Exchange& exchange, Request request, Clock& clock, Answer answer) {
    const bool large = size_of(request.records) > largest_request;
    if (large && find_group(request) == nullptr) return produce_alone(request, clock, std::move(answer));
    Group& group = group_of(request, clock);
    group.askers.push_back({std::move(answer), static_cast<uint32_t>(group.records.size())});
    for (const OutgoingRecord& record : request.records) {
        assert(record.headers.empty());
        group.records.push_back({keep(group, record.key), keep(group, record.value), keep(group, record.chosen_by),
                                 record.partition, record.timestamp_ms});
    }
    // Only now: answers may let other requests come, which use the memory that this one's records lie in.
    if (large || group.bytes.size() >= most_bytes || used_ == most_groups) return end_turn();
    if (!std::exchange(waiting_, true)) exchange.at_turn_end(*this);
}

// Doors do not share: each has its own way to choose again.
ProduceTurn::Group* ProduceTurn::find_group(const Request& request) {
    for (size_t i = 0; i < used_; ++i)
        if (groups_[i].topic == request.topic && groups_[i].choose_again == request.choose_again) return &groups_[i];
    return nullptr;
}

ProduceTurn::Group& ProduceTurn::group_of(const Request& request, Clock& clock) {
    if (Group* const found = find_group(request)) return *found;
    if (used_ == groups_.size()) groups_.emplace_back();
    Group& group = groups_[used_++];
    group.topic = request.topic;
    group.choose_again = request.choose_again;
    group.now_ms = clock.wall_ms();
    return group;
}

ProduceTurn::Part ProduceTurn::keep(Group& group, const std::optional<Bytes>& bytes) {
    if (!bytes) return {};
    const Part part{static_cast<uint32_t>(group.bytes.size()), static_cast<uint32_t>(bytes->size()), false};
    group.bytes.append(as_text(*bytes));
    return part;
}

// An answer may be given at once, and its connection's next request come to add() before this returns: that one finds
// other groups.
void ProduceTurn::end_turn() {
    waiting_ = false;
    std::vector<Group> groups = std::exchange(groups_, std::move(spare_));
    const size_t used = std::exchange(used_, 0);
    for (size_t i = 0; i < used; ++i) produce(groups[i]);
    spare_ = std::move(groups);
}

// The group is empty afterwards and keeps its memory, but for the askers: they go with the records.
void ProduceTurn::produce(Group& group) {
    const auto bytes_of = [&](const Part& part) -> std::optional<Bytes> {
        if (part.is_null) return std::nullopt;
        return as_bytes(std::string_view(group.bytes).substr(part.from, part.size));
    };
    outgoing_.clear();
    for (const Kept& record : group.records)
        outgoing_.push_back({.key = bytes_of(record.key),
                             .value = bytes_of(record.value),
                             .partition = record.partition,
                             .timestamp_ms = record.timestamp_ms,
                             .chosen_by = bytes_of(record.chosen_by)});
    broker::produce(
        *group.topic, outgoing_, group.now_ms,
        [askers = std::exchange(group.askers, {})](const Produced& produced) mutable {
            for (Asker& asker : askers) asker.answer(produced, asker.first);
        },
        chooser(group.choose_again));
    group.topic.reset();
    group.records.clear();
    group.bytes.clear();
}

void produce_in_turn(net::Exchange* exchange, ProduceTurn::Request request, Clock& clock, ProduceTurn::Answer answer) {
    if (exchange == nullptr) return produce_alone(request, clock, std::move(answer));
    ProduceTurn::of_this_thread().add(*exchange, std::move(request), clock, std::move(answer));
}

}  // namespace pinflow::broker
