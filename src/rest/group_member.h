// One member of a broker's consumer group, in the classic protocol: protocol type "consumer", assignor "range". It
// joins, leads if it is told to, goes along with rebalances and leaves. Lives on one loop: every call, and every event
// it tells, is on that loop's thread. Nothing happens by itself but the answers to its calls: heartbeat() must come now
// and then.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "broker/groups.h"
#include "net/loops.h"
#include "rest/consumer_options.h"
#include "rest/consumer_protocol.h"

namespace pinflow::rest {

// What a member tells its owner.
class MemberEvents {
  public:
    // The group shares its partitions out anew: what was read is to be committed, then `go_on` called.
    virtual void losing(std::move_only_function<void()> go_on) = 0;
    // `follows`: what was held before and is held again has been nobody else's in between.
    virtual void assigned(TopicPartitions partitions, bool follows) = 0;
    virtual void lost() = 0;  // thrown out: nothing is held any more

  protected:
    ~MemberEvents() = default;
};

class GroupMember {
  public:
    struct Who {
        std::string group, client_id, client_host;
    };
    GroupMember(const ConsumerSite& site, const ConsumersOptions& options, net::LoopRef loop, Who who,
                MemberEvents& events);
    // The owner's shared_ptr, as one to this: answers that come late find nobody.
    void live_as(std::weak_ptr<GroupMember> self) { self_ = std::move(self); }

    void subscribe(TopicNames topics);  // joins; or joins anew, if they are others
    void leave();                       // if it is in, or on its way in
    // Says that it is there, and looks whether topics came, went or grew.
    void heartbeat();

    bool is_out() const { return state_ == State::out; }
    bool is_stable() const { return state_ == State::stable; }
    // For commits: of the generation that assigned what is held, so that no later owner's offsets are set back.
    broker::MemberRef ref_of_assignment() const { return {member_id_, std::nullopt, held_generation_}; }
    // Why it is out though it wants to be in.
    const std::optional<std::string>& trouble() const { return trouble_; }

  private:
    enum class State : uint8_t { out, joining, syncing, stable };

    broker::MemberRef ref() const { return {member_id_, std::nullopt, generation_}; }
    void rejoin();
    void join();
    void joined(uint64_t call, broker::JoinAnswer answer);
    void sync(const broker::JoinAnswer& answer);
    void synced(uint64_t call, broker::SyncAnswer answer);
    void failed(broker::GroupError error);
    void try_again_later();
    void look_at_topics();
    std::vector<std::pair<std::string, std::string>> share_out(const broker::JoinAnswer& answer);
    // What a group's answer does on this loop, if the member is still there and has not called anew since.
    template <class Answer>
    broker::AnswerTo<Answer> here(void (GroupMember::*then)(uint64_t, Answer));

    const ConsumerSite& site_;
    const ConsumersOptions& options_;
    const net::LoopRef loop_;
    const Who who_;
    MemberEvents& events_;
    std::weak_ptr<GroupMember> self_;

    State state_ = State::out;
    uint64_t call_ = 0;  // numbers joins and syncs: answers to older ones do not count
    std::string member_id_;
    int32_t generation_ = -1;
    int32_t held_generation_ = -1;   // of the last assignment
    TopicNames topics_, asked_for_;  // as wanted, and as the group knows it
    std::optional<std::string> trouble_;
    uint64_t topics_version_ = 0;                                // what follows is as of then
    std::map<std::string, size_t, std::less<>> led_, next_led_;  // a leader's: partitions of all topics of the group
};

}  // namespace pinflow::rest
