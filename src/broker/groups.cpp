#include "broker/groups.h"

#include <algorithm>

#include "broker/group_subscription.h"
#include "broker/groups_turn.h"

namespace pinflow::broker {
namespace {

bool sound_id(std::string_view group) {
    return !group.empty() && group.size() <= most_id_bytes;
}

}  // namespace

Groups::Groups(Topics& topics, Clock& clock, GroupsOptions options)
    : clock_(clock), options_(std::move(options)), topics_(topics), log_(topics) {
    if (!options_.group.make_uuid) options_.group.make_uuid = [] { return Uuid::random().text(); };
    if (!options_.consumer.make_id) options_.consumer.make_id = [] { return Uuid::random().kafka_text(); };
}

Result<std::shared_ptr<Groups>> Groups::open(Topics& topics, Clock& clock, GroupsOptions options) {
    std::shared_ptr<Groups> groups = std::unique_ptr<Groups>(new Groups(topics, clock, std::move(options)));
    groups->next_check_ms_ = clock.steady_ms() + groups->options_.offsets_check_ms;
    topics.on_removed([weak = std::weak_ptr(groups)](const std::string& name) {
        if (const auto alive = weak.lock()) alive->forget_topic(name);
    });
    if (!groups->log_.open()) return groups;
    groups->load_topic();
    PINFLOW_TRY(groups->log_.read([&](const OffsetsReplay& item) { groups->replay(item); }));
    groups->consumers_loaded();
    for (const auto& [id, entry] : groups->groups_) groups->schedule(entry);
    return groups;
}

void Groups::join(const std::string& group, JoinRequest request, AnswerTo<JoinAnswer> answer) {
    GroupError error = sound_id(group) ? ready() : GroupError::invalid_group_id;
    Turn turn(*this);
    if (stopping_) error = GroupError::coordinator_not_available;
    EntryPtr entry = find(group);
    const bool consumers = entry && entry->consumer;
    if (error == GroupError::none && (!entry || consumers) && !request.member_id.empty())
        error = GroupError::unknown_member_id;
    if (error == GroupError::none && consumers && !entry->consumer->empty())
        error = GroupError::inconsistent_group_protocol;
    if (error == GroupError::none && consumers) error = entry->group.check_join(request);  // before it is another's
    if (error != GroupError::none) return turn.answer(std::move(answer), JoinAnswer{error, request.member_id});
    const bool fresh = !entry;
    if (fresh) entry = find_or_make(group);
    if (consumers) make_classic(entry);
    const CallId call = next_call_++;
    joins_.emplace(call, std::move(answer));
    Effects effects;
    entry->group.join(call, std::move(request), clock_.steady_ms(), effects);
    settle(entry, std::move(effects), turn);
    const bool nobody = entry->group.size() == 0 && !entry->group.has_pending_members();
    if (fresh && nobody) groups_.erase(group);  // refused: no trace of it stays
}

void Groups::sync(const std::string& group, SyncRequest request, AnswerTo<SyncAnswer> answer) {
    Turn turn(*this);
    const EntryPtr entry = find(group);
    GroupError error = entry ? GroupError::none : GroupError::unknown_member_id;
    if (group.empty()) error = GroupError::invalid_group_id;
    if (stopping_) error = GroupError::coordinator_not_available;
    if (error != GroupError::none) return turn.answer(std::move(answer), SyncAnswer{error});
    const CallId call = next_call_++;
    syncs_.emplace(call, std::move(answer));
    Effects effects;
    entry->group.sync(call, std::move(request), clock_.steady_ms(), effects);
    settle(entry, std::move(effects), turn);
}

GroupError Groups::heartbeat(const std::string& group, const MemberRef& member) {
    const Turn turn(*this);
    if (stopping_) return GroupError::coordinator_not_available;
    if (group.empty()) return GroupError::invalid_group_id;
    const EntryPtr entry = find(group);
    return entry ? entry->group.heartbeat(member, clock_.steady_ms()) : GroupError::unknown_member_id;
}

std::expected<std::vector<LeftMember>, GroupError> Groups::leave(const std::string& group,
                                                                 std::span<const LeavingMember> members) {
    Turn turn(*this);
    if (stopping_) return std::unexpected(GroupError::coordinator_not_available);
    if (group.empty()) return std::unexpected(GroupError::invalid_group_id);
    const EntryPtr entry = find(group);
    if (!entry) {
        std::vector<LeftMember> unknown;
        for (const LeavingMember& each : members) unknown.push_back({each, GroupError::unknown_member_id});
        return unknown;
    }
    Effects effects;
    auto left = entry->group.leave(members, clock_.steady_ms(), effects);
    settle(entry, std::move(effects), turn);
    return left;
}

std::optional<GroupDescription> Groups::describe(const std::string& group) const {
    const std::scoped_lock lock(mutex_);
    const EntryPtr entry = find(group);
    if (!entry || entry->consumer) return std::nullopt;
    return entry->group.describe();
}

std::vector<ListedGroup> Groups::list() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ListedGroup> all;
    for (const auto& [id, entry] : groups_)
        if (entry->consumer)
            all.push_back({id, consumer_protocol_type, name(entry->consumer->state()), "consumer"});
        else
            all.push_back({id, entry->group.protocol_type().value_or(""), name(entry->group.state()), "classic"});
    return all;
}

int32_t Groups::partition_of(const std::string& group) const {
    if (!topic_ready_.load(std::memory_order_acquire)) return partition_of_group(group, options_.offsets_partitions);
    return log_.partition_of(group);
}

void Groups::tick() {
    Turn turn(*this);
    const int64_t now_ms = clock_.steady_ms();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_ms) {
        const EntryPtr entry = deadlines_.begin()->second.lock();
        deadlines_.erase(deadlines_.begin());
        if (!entry) continue;
        entry->scheduled_ms = never_ms;
        Effects effects;
        entry->group.tick(now_ms, effects);
        settle(entry, std::move(effects), turn);
        if (!entry->consumer) continue;
        entry->consumer->tick(now_ms);
        settle_consumer(entry, turn);
    }
    if (now_ms < next_check_ms_) return;
    next_check_ms_ = now_ms + options_.offsets_check_ms;
    clean_up(turn);
}

int64_t Groups::next_deadline_ms() const {
    const std::scoped_lock lock(mutex_);
    return earliest_locked();
}

int64_t Groups::earliest_locked() const {
    if (stopping_) return never_ms;
    if (!waiting_.empty()) return INT64_MIN;
    return deadlines_.empty() ? next_check_ms_ : std::min(next_check_ms_, deadlines_.begin()->first);
}

void Groups::on_earlier_deadline(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
}

void Groups::stop() {
    Turn turn(*this);
    stopping_ = true;
    for (const auto& [id, entry] : groups_) {
        Effects effects;
        entry->group.die(effects);
        settle(entry, std::move(effects), turn);
    }
}

Groups::EntryPtr Groups::find(const std::string& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : found->second;
}

Groups::EntryPtr Groups::find_or_make(const std::string& group) {
    EntryPtr& entry = groups_[group];
    if (!entry) entry = std::make_shared<Entry>(Entry{Group(group, options_.group)});
    return entry;
}

// What a group wants to happen: records are sent to the log, answers are given after this turn.
void Groups::settle(const EntryPtr& entry, Effects effects, Turn& turn) {
    if (const GroupState state = entry->group.state(); state != entry->seen_state || entry->state_time_ms < 0) {
        entry->seen_state = state;
        entry->state_time_ms = clock_.wall_ms();
    }
    for (auto& [call, answer] : effects.joins)
        if (auto to = joins_.extract(call)) turn.answer(std::move(to.mapped()), std::move(answer));
    for (auto& [call, answer] : effects.syncs)
        if (auto to = syncs_.extract(call)) turn.answer(std::move(to.mapped()), std::move(answer));
    for (StoreRequest& request : effects.stores) store(entry, std::move(request));
    schedule(entry);
}

void Groups::store(const EntryPtr& entry, StoreRequest request) {
    request.record.state_time_ms = entry->state_time_ms;
    OffsetsBatch batch;
    batch.records.emplace_back(encode_key(GroupKey{entry->group.id()}), encode_value(request.record));
    ++entry->writes;
    write(log_.partition_of(entry->group.id()), std::move(batch),
          [this, entry, ticket = request.ticket](const Result<log::Appended>& outcome, Turn* later) {
              --entry->writes;
              GroupError error = outcome ? GroupError::none : group_error(outcome.error());
              if (error == GroupError::invalid_commit_offset_size) error = GroupError::unknown_server_error;
              Effects effects;
              entry->group.stored(ticket, error, clock_.steady_ms(), effects);
              settle(entry, std::move(effects), *later);
          });
}

void Groups::schedule(const EntryPtr& entry) {
    int64_t due_ms = entry->group.next_deadline_ms();
    if (entry->consumer) due_ms = std::min(due_ms, entry->consumer->next_deadline_ms());
    if (due_ms >= entry->scheduled_ms) return;  // an early call finds nothing to do, and comes again
    const auto [first, last] = deadlines_.equal_range(entry->scheduled_ms);
    for (auto each = first; each != last; ++each) {
        if (each->second.lock() != entry) continue;
        deadlines_.erase(each);
        break;
    }
    entry->scheduled_ms = due_ms;
    deadlines_.emplace(due_ms, entry);
}

}  // namespace pinflow::broker
