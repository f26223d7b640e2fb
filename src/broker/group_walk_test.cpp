// Thousands of random steps: members of both kinds join, share out, call, leave, fall silent and come back, records are
// stored or not. After every step the group must be in order, and nobody's call forgotten.
#include <random>
#include <set>

#include "broker/group_fixture.h"

namespace pinflow::broker {

class GroupInspector {
  public:
    explicit GroupInspector(const Group& group) : group_(group) {}

    std::set<CallId> waiting() const {
        std::set<CallId> calls;
        for (const auto& [id, member] : group_.members_) {
            if (member.join_call) EXPECT_TRUE(calls.insert(*member.join_call).second);
            if (member.sync_call) EXPECT_TRUE(calls.insert(*member.sync_call).second);
        }
        return calls;
    }
    void check() const {
        check_counts();
        check_state();
        check_deadlines();
    }

  private:
    using Member = Group::Member;

    void check_counts() const {
        size_t joining = 0;
        std::map<std::string, size_t, std::less<>> protocols;
        std::map<std::string, std::string, std::less<>> statics;
        for (const auto& [id, member] : group_.members_) {
            EXPECT_EQ(id, member.id);
            EXPECT_FALSE(group_.pending_.contains(id));
            joining += member.join_call ? 1 : 0;
            for (const GroupProtocol& each : member.protocols) ++protocols[each.name];
            if (member.instance_id) statics[*member.instance_id] = id;
        }
        EXPECT_EQ(joining, group_.joining_);
        EXPECT_EQ(protocols, group_.protocol_counts_);
        EXPECT_EQ(statics, group_.static_ids_);
    }
    bool being_stored(const std::string& member_id) const {
        return std::ranges::any_of(group_.storing_,
                                   [&](const auto& each) { return each.second.member_id == member_id; });
    }
    void check_state() const {
        const GroupState state = group_.state();
        const bool shared = state == GroupState::stable || state == GroupState::completing_rebalance;
        if (state == GroupState::empty) EXPECT_TRUE(group_.members_.empty());
        EXPECT_EQ(group_.leader_.has_value(), !group_.members_.empty());
        if (group_.leader_) EXPECT_TRUE(group_.members_.contains(*group_.leader_)) << "one leader, and a member";
        for (const auto& [id, member] : group_.members_) {
            if (shared) {
                EXPECT_TRUE(std::ranges::any_of(member.protocols,
                                                [&](const auto& each) { return each.name == group_.protocol_; }));
                EXPECT_FALSE(member.is_new);
                if (member.join_call) EXPECT_TRUE(state == GroupState::stable && being_stored(id)) << id;
            }
            if (state != GroupState::completing_rebalance) EXPECT_FALSE(member.sync_call) << id;
        }
    }
    void check_deadlines() const {
        EXPECT_LE(group_.earliest_ms_, std::min(group_.join_deadline_ms_, group_.sync_deadline_ms_));
        for (const auto& [id, member] : group_.members_) {
            EXPECT_LE(group_.earliest_ms_, member.expires_ms);
            if (!member.join_call && !member.sync_call) EXPECT_NE(member.expires_ms, never_ms) << id;
        }
        for (const auto& [id, lapses_ms] : group_.pending_) EXPECT_LE(group_.earliest_ms_, lapses_ms);
        if (group_.state() == GroupState::preparing_rebalance) EXPECT_NE(group_.join_deadline_ms_, never_ms);
    }

    const Group& group_;
};

namespace {

class GroupWalk : public GroupWorld, public testing::WithParamInterface<uint32_t> {
  protected:
    struct Client {
        std::string id;
        std::optional<std::string> instance;
        int32_t generation = -1;
        std::optional<CallId> waits;  // for this call's answer
        bool leads = false;
        std::vector<JoinedMember> members;
        int flavour = 0;
    };

    int dice(int sides) { return static_cast<int>(random_() % static_cast<uint32_t>(sides)); }
    JoinRequest wish(const Client& client) {
        JoinRequest made = request(client.id, {{"range", std::to_string(client.flavour)}, {"sticky", ""}});
        if (client.flavour % 3 == 0) std::swap(made.protocols[0], made.protocols[1]);
        made.instance_id = client.instance;
        made.needs_known_id = dice(4) != 0;
        made.can_skip_assignment = dice(2) == 0;
        made.rebalance_timeout_ms = 20'000 + 1'000 * client.flavour;
        return made;
    }
    void call_join(Client& client) { client.waits = calls_.emplace_back(join(wish(client))); }
    void call_sync(Client& client) {
        std::vector<std::pair<std::string, std::string>> shares;
        if (client.leads)
            for (const JoinedMember& each : client.members)
                shares.emplace_back(each.id, each.id + "@" + std::to_string(client.generation));
        client.waits = calls_.emplace_back(sync_as({client.id, client.instance, client.generation}, std::move(shares)));
    }
    // What a client does with its answers: as real ones do.
    void hear(Client& client) {
        if (!client.waits || !answered(*client.waits)) return;
        const CallId call = *std::exchange(client.waits, std::nullopt);
        if (const auto joined = joins_.find(call); joined != joins_.end()) {
            client.id = joined->second.member_id;
            client.generation = joined->second.generation;
            client.leads = joined->second.leader == client.id;
            client.members = joined->second.members;
            if (joined->second.error == GroupError::unknown_member_id ||
                joined->second.error == GroupError::fenced_instance_id)
                client.id.clear();
            if (joined->second.error == GroupError::none) call_sync(client);
        } else if (const SyncAnswer& shared = syncs_.at(call); shared.error == GroupError::none) {
            check_share(client, shared);
        } else if (shared.error != GroupError::rebalance_in_progress) {
            client.id.clear();
        }
    }
    // A share is of the generation that was asked for. A static member's is its predecessor's, under its name.
    void check_share(const Client& client, const SyncAnswer& shared) const {
        if (shared.assignment.empty()) return;
        const size_t at = shared.assignment.find('@');
        EXPECT_EQ(shared.assignment.substr(at + 1), std::to_string(client.generation));
        if (!client.instance) EXPECT_EQ(shared.assignment.substr(0, at), client.id);
    }
    void act(Client& client) {
        switch (dice(8)) {
            case 0:
                if (!client.waits || dice(3) == 0) call_join(client);
                break;
            case 1:
                if (!client.waits && client.generation >= 0) call_sync(client);
                break;
            case 2:
                if (dice(6) == 0) leave(client.id);
                break;
            case 3:
                if (dice(4) == 0) client.waits.reset(), client.id.clear();  // restarted
                break;
            case 4:
                if (dice(3) == 0) client.flavour = dice(5);
                break;
            default:
                if (!client.waits &&
                    group_.heartbeat({client.id, client.instance, client.generation}, now_ms_) != GroupError::none)
                    call_join(client);
        }
    }
    void store_some() {
        if (stores_.empty() || dice(3) == 0) return;
        const StoreRequest next = stores_.front();
        stores_.erase(stores_.begin());
        Effects effects;
        const GroupError error = dice(8) == 0 ? GroupError::coordinator_not_available : GroupError::none;
        group_.stored(next.ticket, error, now_ms_, effects);
        take(effects);
    }
    void check() {
        const GroupInspector inspector(group_);
        inspector.check();
        const auto waiting = inspector.waiting();
        for (const CallId call : calls_)
            if (!answered(call)) EXPECT_TRUE(waiting.contains(call)) << "call " << call << " was forgotten";
        for (const CallId call : waiting)
            EXPECT_FALSE(answered(call)) << "call " << call << " waits for a second answer";
        std::erase_if(calls_, [&](CallId call) { return answered(call); });
        EXPECT_GE(group_.generation(), generation_);
        generation_ = group_.generation();
    }

    std::mt19937 random_{GetParam()};
    std::vector<CallId> calls_;
    int32_t generation_ = 0;
};

TEST_P(GroupWalk, StaysInOrder) {
    config_.initial_rebalance_delay_ms = dice(2) * 3'000;
    config_.new_member_timeout_ms = 40'000;
    config_.max_size = 4 + dice(3);
    std::vector<Client> clients(7);
    for (size_t i = 0; i < clients.size(); ++i) {
        clients[i].flavour = static_cast<int>(i);
        if (i % 3 == 2) clients[i].instance = "instance" + std::to_string(i % 2);  // two of them share a name
    }
    int stable = 0;
    for (int step = 0; step < 4'000 && !HasFailure(); ++step) {
        SCOPED_TRACE(testing::Message() << "seed " << GetParam() << ", step " << step);
        Client& client = clients[static_cast<size_t>(dice(static_cast<int>(clients.size())))];
        act(client);
        store_some();
        if (dice(3) == 0) pass(dice(20) == 0 ? 5'000 + dice(10'000) : dice(700));
        for (Client& each : clients) hear(each);
        check();
        stable += group_.state() == GroupState::stable ? 1 : 0;
    }
    EXPECT_GT(stable, 50) << "the walk must reach what it is about";
    for (int i = 0; i < 20; ++i) {
        pass(60'000);
        stored();
    }
    EXPECT_EQ(group_.state(), GroupState::empty) << "everybody fell silent";
    check();
    EXPECT_TRUE(calls_.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupWalk, testing::Range(1U, 31U));

}  // namespace
}  // namespace pinflow::broker
