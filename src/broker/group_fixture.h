// For tests: one group at a time that the test sets, with what it answered by call.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "broker/group.h"

namespace pinflow::broker {

class GroupWorld : public testing::Test {
  protected:
    GroupWorld() {
        config_.make_uuid = [this] { return std::to_string(++uuids_); };
    }

    static JoinRequest request(const std::string& member_id = "",
                               std::vector<GroupProtocol> protocols = {{"range", "m"}}) {
        JoinRequest request;
        request.member_id = member_id;
        request.client_id = "client";
        request.client_host = "/127.0.0.1";
        request.session_timeout_ms = 10'000;
        request.rebalance_timeout_ms = 60'000;
        request.protocol_type = "consumer";
        request.protocols = std::move(protocols);
        return request;
    }
    static JoinRequest static_request(const std::string& instance, const std::string& member_id = "") {
        JoinRequest made = request(member_id);
        made.instance_id = instance;
        return made;
    }

    CallId join(JoinRequest request) {
        const CallId call = next_call_++;
        Effects effects;
        group_.join(call, std::move(request), now_ms_, effects);
        take(effects);
        return call;
    }
    // A new member's two calls: the id it is given, and the second one's number.
    std::pair<std::string, CallId> arrive(std::vector<GroupProtocol> protocols = {{"range", "m"}}) {
        const CallId first = join(request("", protocols));
        EXPECT_EQ(joins_.at(first).error, GroupError::member_id_required);
        const std::string id = joins_.at(first).member_id;
        return {id, join(request(id, std::move(protocols)))};
    }
    CallId sync(const std::string& member_id, std::vector<std::pair<std::string, std::string>> assignments = {}) {
        return sync_as({member_id, std::nullopt, group_.generation()}, std::move(assignments));
    }
    CallId sync_as(MemberRef member, std::vector<std::pair<std::string, std::string>> assignments = {}) {
        const CallId call = next_call_++;
        Effects effects;
        group_.sync(call, {std::move(member), {}, {}, std::move(assignments)}, now_ms_, effects);
        take(effects);
        return call;
    }
    GroupError leave(const std::string& member_id) {
        Effects effects;
        const LeavingMember leaving{member_id, {}};
        const auto left = group_.leave(std::span(&leaving, 1), now_ms_, effects);
        take(effects);
        return left.at(0).error;
    }
    GroupError heartbeat(const std::string& member_id) {
        return group_.heartbeat({member_id, {}, group_.generation()}, now_ms_);
    }
    void pass(int64_t ms) {
        now_ms_ += ms;
        Effects effects;
        group_.tick(now_ms_, effects);
        take(effects);
    }
    void stored(GroupError error = GroupError::none) {
        while (!stores_.empty()) {
            const StoreRequest next = stores_.front();
            stores_.erase(stores_.begin());
            Effects effects;
            group_.stored(next.ticket, error, now_ms_, effects);
            take(effects);
        }
    }
    // Members that are in, with everything shared out; the first is the leader.
    std::vector<std::string> stable_group(int members) {
        std::vector<std::string> ids;
        for (int i = 0; i < members; ++i) {
            auto [id, call] = arrive();
            ids.push_back(id);
            for (int k = 0; k < i; ++k) join(request(ids[static_cast<size_t>(k)]));
        }
        share_out(ids);
        return ids;
    }
    void share_out(const std::vector<std::string>& ids) {
        std::vector<std::pair<std::string, std::string>> shares;
        for (const std::string& id : ids) shares.emplace_back(id, "share of " + id);
        for (const std::string& id : ids) sync(id, id == group_.leader() ? shares : decltype(shares)());
        stored();
        EXPECT_EQ(group_.state(), GroupState::stable);
    }

    bool answered(CallId call) const { return joins_.contains(call) || syncs_.contains(call); }
    void take(Effects& effects) {
        for (auto& [call, answer] : effects.joins) EXPECT_TRUE(joins_.emplace(call, std::move(answer)).second);
        for (auto& [call, answer] : effects.syncs) EXPECT_TRUE(syncs_.emplace(call, std::move(answer)).second);
        for (StoreRequest& store : effects.stores) stores_.push_back(std::move(store));
    }

    GroupConfig config_;
    Group group_{"g", config_};
    int64_t now_ms_ = 1'000'000;
    CallId next_call_ = 1;
    int uuids_ = 0;
    std::map<CallId, JoinAnswer> joins_;
    std::map<CallId, SyncAnswer> syncs_;
    std::vector<StoreRequest> stores_;
};

}  // namespace pinflow::broker
