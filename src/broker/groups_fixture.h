// For tests: a coordinator over a log in memory, with a clock the test moves, that can lose power and start again.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/faulty_disk.h"
#include "broker/groups.h"

namespace pinflow::broker {

class SteeredClock final : public Clock {
  public:
    int64_t wall_ms() const override { return 1'700'000'000'000 + passed_ms; }
    int64_t steady_ms() const override { return 5'000 + passed_ms; }
    std::atomic<int64_t> passed_ms = 0;
};

class GroupsWorld : public testing::Test {
  protected:
    void SetUp() override { start(); }
    void TearDown() override { end(); }

    void start() {
        log::Options log_options;
        log_options.background = false;
        log_options.wal_file_bytes = 1 << 20;
        auto log = log::Log::open(disk_, system_clock(), "/data/log", log_options);
        ASSERT_TRUE(log) << log.error().message;
        log_ = std::move(*log);
        auto topics = Topics::open(disk_, system_clock(), *log_, "/data/topics", {});
        ASSERT_TRUE(topics) << topics.error().message;
        topics_ = std::move(*topics);
        auto groups = Groups::open(*topics_, clock_, options_);
        ASSERT_TRUE(groups) << groups.error().message;
        groups_ = std::move(*groups);
    }
    void end() {
        groups_.reset();
        topics_.reset();
        log_.reset();
    }
    // As after kill -9: what was acked is there, the rest perhaps.
    void restart() {
        end();
        start();
    }
    void lose_power() {
        disk_.power_loss();
        end();
        disk_.restart();
        start();
    }
    void pass(int64_t ms) {
        clock_.passed_ms += ms;
        groups_->tick();
    }

    template <class T>
    struct Heard {
        std::shared_ptr<std::promise<T>> promise = std::make_shared<std::promise<T>>();
        std::shared_future<T> future = promise->get_future().share();

        AnswerTo<T> to() const {
            return [promise = promise](T answer) { promise->set_value(std::move(answer)); };
        }
        bool come() const { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
        T get() const {
            if (future.wait_for(std::chrono::seconds(20)) == std::future_status::ready) return future.get();
            ADD_FAILURE() << "no answer";
            return T{};
        }
    };

    static JoinRequest request(const std::string& member_id = "") {
        JoinRequest request;
        request.member_id = member_id;
        request.client_id = "c";
        request.client_host = "/127.0.0.1";
        request.session_timeout_ms = 10'000;
        request.protocol_type = "consumer";
        request.protocols = {{"range", std::string("\0\0\0\0\0\1\0\4pins\0\0\0\0", 16)}};
        return request;
    }
    Heard<JoinAnswer> join(const std::string& group, JoinRequest request) {
        Heard<JoinAnswer> heard;
        groups_->join(group, std::move(request), heard.to());
        return heard;
    }
    Heard<SyncAnswer> sync(const std::string& group, const MemberRef& member,
                           std::vector<std::pair<std::string, std::string>> shares = {}) {
        Heard<SyncAnswer> heard;
        groups_->sync(group, {member, {}, {}, std::move(shares)}, heard.to());
        return heard;
    }
    // The only member of a group, with its share.
    MemberRef alone(const std::string& group) {
        const JoinAnswer first = join(group, request()).get();
        const JoinAnswer in = join(group, request(first.member_id)).get();
        EXPECT_EQ(in.error, GroupError::none);
        const MemberRef member{in.member_id, {}, in.generation};
        EXPECT_EQ(sync(group, member, {{in.member_id, "share"}}).get().assignment, "share");
        return member;
    }
    GroupError leave(const std::string& group, const MemberRef& member) {
        const LeavingMember leaving{member.member_id, {}};
        return groups_->leave(group, std::span(&leaving, 1))->at(0).error;
    }
    Heard<CommitAnswer> begin_commit(const std::string& group, const MemberRef& member, int64_t offset,
                                     const TopicPartition& partition = {"pins", 0}) {
        Heard<CommitAnswer> heard;
        groups_->commit(group, {member, {{partition, offset, 4, "note"}}}, heard.to());
        return heard;
    }
    GroupError commit(const std::string& group, const MemberRef& member, int64_t offset,
                      const TopicPartition& partition = {"pins", 0}) {
        return begin_commit(group, member, offset, partition).get().at(0);
    }
    GroupError commit_in_transaction(int64_t producer, const std::string& group, int64_t offset) {
        Heard<CommitAnswer> heard;
        groups_->commit_in_transaction(group, {producer, 0}, {{}, {{{"pins", 0}, offset, -1, ""}}}, heard.to());
        return heard.get().at(0);
    }
    GroupError end_transaction(int64_t producer, bool committed, int16_t epoch = 0,
                               const std::vector<int32_t>& partitions = {}) {
        Heard<GroupError> heard;
        const auto type = committed ? log::MarkerType::commit : log::MarkerType::abort;
        groups_->end_transaction({producer, epoch}, {type, 0}, partitions, heard.to());
        return heard.get();
    }
    GroupError remove(const std::string& group) {
        Heard<GroupError> heard;
        groups_->remove(group, heard.to());
        return heard.get();
    }
    int64_t committed(const std::string& group, const TopicPartition& partition = {"pins", 0}) {
        return groups_->fetch(group, std::vector{partition}, false).at(0).committed.offset;
    }
    GroupError stable_error(const std::string& group) {
        return groups_->fetch(group, std::vector{TopicPartition{"pins", 0}}, true).at(0).error;
    }

    FaultyDisk disk_{17};
    SteeredClock clock_;
    GroupsOptions options_;
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<Topics> topics_;
    std::shared_ptr<Groups> groups_;
};

}  // namespace pinflow::broker
