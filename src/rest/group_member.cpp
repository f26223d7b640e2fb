#include "rest/group_member.h"

#include "broker/assignors.h"
#include "broker/group_subscription.h"

namespace pinflow::rest {
namespace {

using broker::GroupError;
constexpr std::chrono::milliseconds try_again_after(200);

// Of another member's topics those that exist, and how many partitions these have.
std::set<Uuid> existing(const broker::Topics& topics, const TopicNames& names, broker::PartitionCounts& counts,
                        std::map<Uuid, std::string>& by_id) {
    std::set<Uuid> found;
    for (const std::string& name : names) {
        const broker::TopicPtr topic = topics.find(name);
        if (!topic) continue;
        counts[topic->id] = static_cast<int32_t>(topic->partitions.size());
        by_id[topic->id] = name;
        found.insert(topic->id);
    }
    return found;
}

size_t partitions_of(const broker::Topics& topics, std::string_view name) {
    const broker::TopicPtr topic = topics.find(name);
    return topic ? topic->partitions.size() : 0;
}

}  // namespace

GroupMember::GroupMember(const ConsumerSite& site, const ConsumersOptions& options, net::LoopRef loop, Who who,
                         MemberEvents& events)
    : site_(site), options_(options), loop_(std::move(loop)), who_(std::move(who)), events_(events) {}

template <class Answer>
broker::AnswerTo<Answer> GroupMember::here(void (GroupMember::*then)(uint64_t, Answer)) {
    return [self = self_, loop = loop_, then, call = ++call_](auto answer) mutable {
        loop.post([self = std::move(self), then, call, answer = std::move(answer)]() mutable {
            if (const auto member = self.lock()) (member.get()->*then)(call, std::move(answer));
        });
    };
}

void GroupMember::subscribe(TopicNames topics) {
    const bool same = topics == topics_;
    topics_ = std::move(topics);
    if (state_ == State::out) {
        trouble_.reset();
        return join();
    }
    if (state_ == State::stable && !same) rejoin();
    // While joining: looked at again once there is an assignment.
}

void GroupMember::leave() {
    ++call_;
    if (!member_id_.empty()) {
        const broker::LeavingMember leaving{member_id_, std::nullopt};
        (void)site_.groups->leave(who_.group, std::span(&leaving, 1));
    }
    member_id_.clear();
    generation_ = held_generation_ = -1;
    topics_.clear();
    trouble_.reset();
    state_ = State::out;
}

void GroupMember::heartbeat() {
    if (state_ != State::stable) return;
    switch (site_.groups->heartbeat(who_.group, ref())) {
        case GroupError::none:
            return look_at_topics();
        case GroupError::rebalance_in_progress:
            return rejoin();
        case GroupError::coordinator_not_available:
        case GroupError::coordinator_load_in_progress:
            return;  // the next one will do
        case GroupError::unknown_member_id:
        case GroupError::fenced_instance_id:
            member_id_.clear();
            break;
        default:
            break;
    }
    held_generation_ = -1;
    events_.lost();
    join();
}

// Partitions are shared out anew when a topic of the group came, went or grew: the leader sees to it.
void GroupMember::look_at_topics() {
    const uint64_t version = site_.topics.version();
    if (version == topics_version_) return;
    topics_version_ = version;
    for (const auto& [name, partitions] : led_)
        if (partitions_of(site_.topics, name) != partitions) return rejoin();
}

// Nothing is read from here on until there is an assignment again.
void GroupMember::rejoin() {
    state_ = State::joining;
    events_.losing([weak = self_, call = ++call_] {
        const auto self = weak.lock();
        if (self && self->call_ == call) self->join();
    });
}

void GroupMember::join() {
    state_ = State::joining;
    broker::JoinRequest request;
    request.member_id = member_id_;
    request.client_id = who_.client_id;
    request.client_host = who_.client_host;
    request.session_timeout_ms = options_.session_timeout_ms;
    request.rebalance_timeout_ms = options_.rebalance_timeout_ms;
    request.protocol_type = broker::consumer_protocol_type;
    asked_for_ = topics_;
    request.protocols = {{std::string(broker::range_assignor), encode_subscription(topics_)}};
    site_.groups->join(who_.group, std::move(request), here(&GroupMember::joined));
}

void GroupMember::joined(uint64_t call, broker::JoinAnswer answer) {
    if (call != call_) {  // it left, or called again: with an id of its own, then
        if (answer.error != GroupError::none && answer.error != GroupError::member_id_required) return;
        if (answer.member_id == member_id_) return;
        const broker::LeavingMember leaving{answer.member_id, std::nullopt};
        (void)site_.groups->leave(who_.group, std::span(&leaving, 1));
        return;
    }
    if (answer.error == GroupError::member_id_required) {
        member_id_ = std::move(answer.member_id);
        return join();
    }
    if (answer.error != GroupError::none) return failed(answer.error);
    member_id_ = answer.member_id;
    generation_ = answer.generation;
    sync(answer);
}

void GroupMember::sync(const broker::JoinAnswer& answer) {
    state_ = State::syncing;
    topics_version_ = site_.topics.version();
    next_led_.clear();
    broker::SyncRequest request;
    request.member = ref();
    request.protocol_type = answer.protocol_type;
    request.protocol = answer.protocol;
    if (answer.leader == member_id_) request.assignments = share_out(answer);
    site_.groups->sync(who_.group, std::move(request), here(&GroupMember::synced));
}

std::vector<std::pair<std::string, std::string>> GroupMember::share_out(const broker::JoinAnswer& answer) {
    broker::PartitionCounts counts;
    std::map<Uuid, std::string> by_id;
    std::vector<broker::AssignedMember> members;
    for (const broker::JoinedMember& each : answer.members) {
        TopicNames names;
        broker::add_subscribed_topics(as_bytes(each.metadata), names);
        for (const std::string& name : names) next_led_[name] = partitions_of(site_.topics, name);
        members.push_back({each.id, each.instance_id, existing(site_.topics, names, counts, by_id), {}});
    }
    std::vector<std::pair<std::string, std::string>> shares;
    for (const auto& [id, given] : broker::assign_range(members, counts)) {
        TopicPartitions partitions;
        for (const auto& [topic, partition] : given) partitions.insert({by_id[topic], partition});
        shares.emplace_back(id, encode_assignment(partitions));
    }
    return shares;
}

void GroupMember::synced(uint64_t call, broker::SyncAnswer answer) {
    if (call != call_) return;
    if (answer.error != GroupError::none) return failed(answer.error);
    auto partitions = decode_assignment(as_bytes(answer.assignment));
    if (!partitions) {
        leave();
        trouble_ = fmt::format("The leader of group {} assigned partitions in a form that cannot be read.", who_.group);
        return events_.lost();
    }
    state_ = State::stable;
    led_ = std::move(next_led_);
    const bool follows = held_generation_ >= 0 && generation_ == held_generation_ + 1;
    held_generation_ = generation_;
    events_.assigned(std::move(*partitions), follows);
    if (topics_ != asked_for_ && state_ == State::stable) rejoin();
}

// Of a join or a sync.
void GroupMember::failed(GroupError error) {
    switch (error) {
        case GroupError::rebalance_in_progress:
            return join();
        case GroupError::unknown_member_id:
        case GroupError::illegal_generation:
        case GroupError::fenced_instance_id:
            member_id_.clear();
            held_generation_ = -1;
            events_.lost();
            return join();
        case GroupError::coordinator_not_available:
        case GroupError::coordinator_load_in_progress:
        case GroupError::unknown_server_error:
            return try_again_later();
        default:
            break;
    }
    const TopicNames wanted = topics_;
    leave();
    topics_ = wanted;
    trouble_ = fmt::format("Group {} does not take this consumer: {}", who_.group, name(error));
    events_.lost();
}

void GroupMember::try_again_later() {
    state_ = State::joining;
    loop_.post_after(try_again_after, [weak = self_, call = ++call_] {
        const auto self = weak.lock();
        if (self && self->call_ == call) self->join();
    });
}

}  // namespace pinflow::rest
