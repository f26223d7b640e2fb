// For tests: a consumer group with members that answer its heartbeats as a client does.
#pragma once
#include <gtest/gtest.h>

#include "broker/consumer_group.h"

namespace pinflow::broker {

// A client: keeps what it is told, gives back what it is not to have any more.
struct ConsumerClient {
    std::string id;
    int32_t epoch = 0;
    std::vector<std::string> topics;
    std::optional<std::string> pattern;
    std::optional<std::string> instance_id;
    Partitions owned;

    ConsumerHeartbeat beat() const {
        ConsumerHeartbeat beat{.member_id = id, .member_epoch = epoch, .instance_id = instance_id};
        beat.owned.emplace();
        if (epoch == joining_epoch) {
            beat.rebalance_timeout_ms = 60'000;
            beat.topics = topics;
            beat.pattern = pattern;
        } else {
            beat.owned->assign(owned.begin(), owned.end());
        }
        return beat;
    }
    void hear(const ConsumerAnswer& answer) {
        if (answer.error != GroupError::none) {  // it begins anew, with nothing
            epoch = joining_epoch;
            owned.clear();
            return;
        }
        epoch = answer.member_epoch;
        if (answer.assignment) owned = *answer.assignment;
    }
};

class ConsumerGroupTest : public testing::Test {
  protected:
    void add_topic(const std::string& name, int32_t partitions) {
        catalog_.topics[name] = {Uuid::random(), partitions};
        ++catalog_.version;
    }
    ConsumerAnswer send(ConsumerClient& client) {
        const auto request = client.beat();
        EXPECT_EQ(check_heartbeat(request).error, GroupError::none);
        auto answer = group_.heartbeat(request, catalog_, now_ms_);
        client.hear(answer);
        return answer;
    }
    ConsumerClient join(const std::string& id, std::vector<std::string> topics = {"pins"}) {
        ConsumerClient client{.id = id, .topics = std::move(topics)};
        EXPECT_EQ(send(client).error, GroupError::none);
        return client;
    }
    // Until nothing changes any more.
    void settle(std::initializer_list<ConsumerClient*> clients) {
        for (int round = 0; round < 10; ++round)
            for (ConsumerClient* each : clients) send(*each);
        EXPECT_EQ(name(group_.state()), "Stable");
    }
    // As a restart would find it: only what was stored.
    ConsumerGroup restarted() {
        for (const ConsumerKey& key : group_.take_changes())
            if (auto value = group_.value_of(key))
                stored_[key] = *value;
            else
                stored_.erase(key);
        ConsumerGroup again("g", config_);
        for (const auto& [key, value] : stored_) EXPECT_TRUE(again.replay(key, as_bytes(value)));
        again.loaded(now_ms_);
        return again;
    }
    GroupError error_of(const ConsumerHeartbeat& request) { return group_.heartbeat(request, catalog_, now_ms_).error; }

    ConsumerGroupConfig config_{.make_id = [] { return std::string("made"); }};
    Catalog catalog_{1, {{"pins", {Uuid::random(), 4}}}};
    int64_t now_ms_ = 1000;
    ConsumerGroup group_{"g", config_};
    std::map<ConsumerKey, std::string> stored_;
};

}  // namespace pinflow::broker
