// One consumer group of Kafka's classic protocol: members, generations, rebalances. A plain state machine: no socket,
// thread or clock. Each call says what time it is (any clock that never steps back) and collects in Effects what must
// happen: answers to calls that waited, and group states to store before anybody may act on them. Answers come once.
//
//   empty -> preparing_rebalance -> completing_rebalance -> stable -> preparing_rebalance ...
//            waits for JoinGroup    waits for the leader's SyncGroup
//
// Behaviour is that of Kafka's GroupCoordinator (2.8) and ClassicGroup (4.x), with two additions: of two equal calls of
// one member the older is answered REBALANCE_IN_PROGRESS (Kafka forgets it), and the longest member becomes leader.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/group_types.h"
#include "broker/offsets_records.h"

namespace pinflow::broker {

using CallId = uint64_t;  // names a call that may wait; the caller's choice
inline constexpr int64_t never_ms = INT64_MAX;

struct GroupConfig {
    // Kafka's code waits 3 s for more members, its server.properties sets 0 for machines like ours: all members of a
    // test or a notebook start within one rebalance anyway, and 3 s are longer than a whole run of the pipeline.
    int32_t initial_rebalance_delay_ms = 0;
    int32_t min_session_timeout_ms = 6'000;
    int32_t max_session_timeout_ms = 1'800'000;
    int32_t new_member_timeout_ms = 300'000;  // a member's first JoinGroup waits at most so long
    int32_t max_size = INT32_MAX;
    int32_t max_pending = 10'000;            // ids given out and not used yet
    std::function<std::string()> make_uuid;  // the second half of a new member's id
};

// To be stored; then Group::stored() with the ticket.
struct StoreRequest {
    uint64_t ticket = 0;
    GroupRecord record;  // without state_time_ms
};

struct Effects {
    std::vector<std::pair<CallId, JoinAnswer>> joins;
    std::vector<std::pair<CallId, SyncAnswer>> syncs;
    std::vector<StoreRequest> stores;
};

enum class GroupState : uint8_t { empty, preparing_rebalance, completing_rebalance, stable, dead };
std::string_view name(GroupState state);  // "PreparingRebalance"

struct MemberDescription {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    std::string metadata;    // for the chosen protocol; only of a stable group
    std::string assignment;  // same
};

struct GroupDescription {
    std::string group;
    GroupState state = GroupState::empty;
    std::string protocol_type;
    std::string protocol;  // only of a stable group
    std::vector<MemberDescription> members;
};

class Group {
  public:
    Group(std::string id, const GroupConfig& config) : id_(std::move(id)), config_(&config) {}
    // As a restart finds it: with members it is stable, and their sessions begin anew.
    Group(std::string id, const GroupConfig& config, const GroupRecord& record, int64_t now_ms);

    GroupError check_join(const JoinRequest& request) const;  // join() asks that first
    void join(CallId call, JoinRequest request, int64_t now_ms, Effects& out);
    void sync(CallId call, SyncRequest request, int64_t now_ms, Effects& out);
    GroupError heartbeat(const MemberRef& member, int64_t now_ms);
    std::vector<LeftMember> leave(std::span<const LeavingMember> leaving, int64_t now_ms, Effects& out);
    // May this member commit offsets? Counts as a heartbeat if so.
    GroupError check_commit(const MemberRef& member, bool transactional, int64_t now_ms);
    GroupError check_offset_delete() const;
    GroupError check_remove() const;
    void stored(uint64_t ticket, GroupError error, int64_t now_ms, Effects& out);
    void tick(int64_t now_ms, Effects& out);
    void die(Effects& out);  // removed, or the broker stops: who waits is told to come back

    // When tick() has something to do; it may find that it has not.
    int64_t next_deadline_ms() const { return earliest_ms_; }
    GroupState state() const { return state_; }
    const std::string& id() const { return id_; }
    int32_t generation() const { return generation_; }
    const std::optional<std::string>& leader() const { return leader_; }
    const std::optional<std::string>& protocol_type() const { return protocol_type_; }
    size_t size() const { return members_.size(); }
    bool has_pending_members() const { return !pending_.empty(); }
    bool subscribed_to(std::string_view topic) const;
    // Whether it is known which topics the members read: then the others' offsets may expire.
    bool knows_topics() const { return topics_.has_value(); }
    bool consumer_protocol() const;
    GroupDescription describe() const;
    GroupRecord record() const;

  private:
    friend class GroupInspector;  // tests: invariants

    struct Member {
        std::string id;
        std::optional<std::string> instance_id;
        std::string client_id;
        std::string client_host;
        int32_t session_timeout_ms = 0;
        int32_t rebalance_timeout_ms = 0;
        std::vector<GroupProtocol> protocols;
        std::string assignment;
        uint64_t arrival = 0;
        int64_t expires_ms = never_ms;  // never: while a call waits that outlasted the session
        bool is_new = false;            // no generation yet: its wait for the first is limited
        bool owes_sync = false;         // joined this generation, has not called SyncGroup
        std::optional<CallId> join_call;
        std::optional<CallId> sync_call;
    };
    struct Storing {  // what waits for a record to be stored
        enum class What : uint8_t { assignment, static_member, nothing };
        What what = What::nothing;
        int32_t generation = 0;
        std::map<std::string, std::string, std::less<>> assignments;
        std::string member_id;
        Member before;  // static_member: what to go back to
        std::string leader_before;
        bool can_skip_assignment = false;
    };

    // group_join.cpp
    bool accepts(const std::string& member_id) const;
    bool supports(const JoinRequest& request) const;
    void join_new(CallId call, JoinRequest request, int64_t now_ms, Effects& out);
    void join_known(CallId call, JoinRequest request, int64_t now_ms, Effects& out);
    void add_member(CallId call, JoinRequest request, std::string member_id, int64_t now_ms, Effects& out);
    void update_member(Member& member, CallId call, JoinRequest& request, Effects& out);
    void replace_static(CallId call, JoinRequest request, const std::string& fresh_id, int64_t now_ms, Effects& out);
    Member& rename_static(const std::string& old_id, const std::string& new_id, Effects& out);
    void static_stored(const Storing& storing, GroupError error, int64_t now_ms, Effects& out);
    JoinAnswer current_answer(const Member& member, bool for_leader) const;

    // group_rebalance.cpp
    void rebalance_or_complete(int64_t now_ms, Effects& out);
    void prepare_rebalance(int64_t now_ms, Effects& out);
    void initial_wait_over(int64_t now_ms, Effects& out);
    void maybe_complete_join(int64_t now_ms, Effects& out);
    void complete_join(int64_t now_ms, Effects& out);
    bool elect_joined_leader();
    void next_generation();
    void begin_generation(int64_t now_ms, Effects& out);
    std::string choose_protocol() const;
    void assignment_stored(Storing& storing, GroupError error, int64_t now_ms, Effects& out);
    void answer_syncs(GroupError error, int64_t now_ms, Effects& out);
    void expire_pending(int64_t now_ms, Effects& out);
    void expire_members(int64_t now_ms, Effects& out);
    void expire_syncs(int64_t now_ms, Effects& out);

    // group.cpp
    Member* find(std::string_view member_id);
    const Member* find(std::string_view member_id) const;
    GroupError check_member(const MemberRef& member) const;
    void count_protocols(const Member& member, int change);
    void remove_member(const std::string& member_id, GroupError error, Effects& out);
    void member_gone(int64_t now_ms, Effects& out);
    void wait_for_join(Member& member, CallId call, Effects& out);
    void answer_join(Member& member, JoinAnswer answer, Effects& out);
    void answer_sync(Member& member, SyncAnswer answer, Effects& out);
    void keep_alive(Member& member, int64_t now_ms);
    void arm(int64_t& deadline_ms, int64_t at_ms);
    void find_earliest();
    void learn_topics();
    int32_t rebalance_timeout_ms() const;
    bool all_joined() const { return members_.size() == joining_ && pending_.empty(); }
    bool is_leader(const Member& member) const { return leader_ == member.id; }
    const std::string& metadata_of(const Member& member) const;
    void store(Storing storing, Effects& out);

    std::string id_;
    const GroupConfig* config_;  // the caller's, outlives the group
    GroupState state_ = GroupState::empty;
    int32_t generation_ = 0;
    std::optional<std::string> protocol_type_;
    std::optional<std::string> protocol_;
    std::optional<std::string> leader_;
    std::map<std::string, Member, std::less<>> members_;
    std::map<std::string, std::string, std::less<>> static_ids_;  // instance id to member id
    std::map<std::string, int64_t, std::less<>> pending_;         // ids given out, with when they lapse
    std::map<std::string, size_t, std::less<>> protocol_counts_;  // how many members know it
    std::optional<std::set<std::string, std::less<>>> topics_;    // of consumers, as far as their metadata says
    size_t joining_ = 0;                                          // members whose JoinGroup waits
    uint64_t next_arrival_ = 1;
    bool initial_wait_ = false;  // preparing the first generation after empty: more members may come
    bool joined_in_wait_ = false;
    int32_t wait_left_ms_ = 0;  // how much the initial wait may still grow
    int64_t join_deadline_ms_ = never_ms;
    int64_t sync_deadline_ms_ = never_ms;
    int64_t earliest_ms_ = never_ms;  // no deadline lies before it
    uint64_t next_ticket_ = 1;
    std::map<uint64_t, Storing> storing_;
};

}  // namespace pinflow::broker
