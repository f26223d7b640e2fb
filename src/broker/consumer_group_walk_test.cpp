// Random walks through a consumer group: members join, leave, fall silent, lose answers, topics change, the broker
// starts again. Whatever happens, no partition is with two members, epochs only rise, and in the end all is assigned.
#include <random>

#include "broker/consumer_group_fixture.h"

namespace pinflow::broker {

class ConsumerGroupInspector {
  public:
    static void check(const ConsumerGroup& group) {
        Partitions taken;
        for (const auto& [id, member] : group.members_) {
            for (const Partitions* held : {&member.assigned, &member.revoking})
                for (const auto& each : *held) {
                    ASSERT_TRUE(taken.insert(each).second) << "partition " << each.partition << " is held twice";
                    ASSERT_EQ(group.owners_.at(each), id);
                }
            ASSERT_LE(member.epoch, group.epoch_);
            ASSERT_EQ(member.revoking.empty(), member.state != MemberState::unrevoked);
            ASSERT_GE(member.expires_ms, group.earliest_ms_);
            ASSERT_GE(member.revoke_by_ms, group.earliest_ms_);
        }
        ASSERT_EQ(taken.size(), group.owners_.size());
        ASSERT_LE(group.assignment_epoch_, group.epoch_);
        for (const auto& [instance, id] : group.static_ids_) ASSERT_EQ(group.members_.at(id).instance_id, instance);
    }
};

namespace {

class ConsumerGroupWalk : public ConsumerGroupTest, public testing::WithParamInterface<int> {
  protected:
    size_t pick(size_t below) { return random_() % below; }

    void step() {
        now_ms_ += static_cast<int64_t>(pick(3000));
        group_.tick(now_ms_);
        const size_t what = pick(100);
        if (what < 10 && clients_.size() < 8) return join_one();
        if (what < 14) return change_topics();
        if (what < 17) return restart();
        if (clients_.empty()) return;
        const size_t which = pick(clients_.size());
        if (what < 22) return leave(which);
        if (what < 25) return drop(which);
        if (what < 35) return (void)group_.heartbeat(clients_[which].beat(), catalog_, now_ms_);  // the answer is lost
        beat(clients_[which]);
    }
    void join_one() {
        ConsumerClient client{.id = "m" + std::to_string(next_id_++)};
        if (pick(2) == 0) client.topics = {"pins"};
        if (pick(2) == 0) client.topics.push_back("geo");
        if (pick(3) == 0) client.pattern = "p.*";
        if (pick(3) == 0) client.instance_id = "i" + std::to_string(pick(3));
        clients_.push_back(client);
        beat(clients_.back());
    }
    // As a client does: what it is not to have any more it gives up before its next heartbeat.
    void beat(ConsumerClient& client) {
        const int32_t before = client.epoch;
        const auto answer = group_.heartbeat(client.beat(), catalog_, now_ms_);
        if (answer.error == GroupError::none) EXPECT_GE(answer.member_epoch, before) << client.id;
        client.hear(answer);
        if (answer.error == GroupError::fenced_instance_id || answer.error == GroupError::unreleased_instance_id)
            client.id.clear();
        std::erase_if(clients_, [](const auto& each) { return each.id.empty(); });
    }
    void leave(size_t which) {
        auto bye = clients_[which].beat();
        bye.member_epoch = clients_[which].instance_id && pick(2) == 0 ? static_leaving_epoch : leaving_epoch;
        group_.heartbeat(bye, catalog_, now_ms_);
        drop(which);
    }
    void drop(size_t which) { clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(which)); }
    void change_topics() {
        const char* name = pick(2) == 0 ? "pins" : "geo";
        const auto known = catalog_.topics.find(name);
        if (known != catalog_.topics.end() && pick(3) > 0)
            known->second.partitions += static_cast<int32_t>(pick(3));
        else if (known != catalog_.topics.end() && pick(3) == 0)
            catalog_.topics.erase(known);
        else
            catalog_.topics[name] = {Uuid::random(), static_cast<int32_t>(1 + pick(5))};
        ++catalog_.version;
    }
    void restart() { group_ = restarted(); }
    void check() {
        ConsumerGroupInspector::check(group_);
        Partitions read;  // by those that are still members
        for (const auto& each : group_.describe().members)
            for (const ConsumerClient& client : clients_)
                if (client.id == each.member.id && client.epoch == each.member.epoch)
                    for (const auto& partition : client.owned)
                        ASSERT_TRUE(read.insert(partition).second) << "two clients read one partition";
    }
    void all_is_assigned_in_the_end() {
        now_ms_ += 200'000;  // the silent are out
        group_.tick(now_ms_);
        for (int round = 0; round < 40; ++round)
            for (size_t i = 0; i < clients_.size(); ++i) beat(clients_[i]);
        if (clients_.empty()) return;
        ASSERT_EQ(name(group_.state()), "Stable");
        Partitions owned;
        size_t wanted = 0;
        for (const ConsumerClient& each : clients_) owned.insert(each.owned.begin(), each.owned.end());
        for (const auto& [topic, told] : catalog_.topics)
            if (group_.subscribed_to(topic)) wanted += static_cast<size_t>(told.partitions);
        ASSERT_EQ(owned.size(), wanted);
    }

    std::mt19937 random_{static_cast<uint32_t>(GetParam())};
    std::vector<ConsumerClient> clients_;
    int next_id_ = 0;
};

TEST_P(ConsumerGroupWalk, NothingIsReadTwice) {
    for (int i = 0; i < 600; ++i) {
        step();
        check();
        if (HasFatalFailure()) FAIL() << "after step " << i;
    }
    all_is_assigned_in_the_end();
    check();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsumerGroupWalk, testing::Range(1, 31));

}  // namespace
}  // namespace pinflow::broker
