// One group of the consumer protocol (KIP-848): members, epochs, who is to have which partitions and who has them now.
// A plain state machine: no socket, thread or clock. Each call says what time it is (any clock that never steps back).
//
// The group's epoch rises when members, subscriptions or topics change. Each new epoch has a target assignment, and
// every heartbeat takes its member one step towards it: a member first gives back what it is to lose; a partition goes
// to its next member only when nobody has it any more; then the member is in the target's epoch. So no partition is
// ever with two members, and nobody stops reading what stays with him.
//
// What is to be stored is told as keys that changed; value_of() gives the value a key has now. Behaviour is that of
// Kafka's GroupMetadataManager, ConsumerGroup and CurrentAssignmentBuilder (4.3) without members of the classic
// protocol.
#pragma once
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "broker/assignors.h"
#include "broker/consumer_group_types.h"
#include "broker/offsets_records.h"
#include "broker/topic_pattern.h"

namespace pinflow::broker {

struct ConsumerGroupConfig {
    int32_t session_timeout_ms = 45'000;    // group.consumer.session.timeout.ms
    int32_t heartbeat_interval_ms = 5'000;  // group.consumer.heartbeat.interval.ms
    int32_t max_size = INT32_MAX;           // group.consumer.max.size
    std::function<std::string()> make_id;   // for members that bring none
};

// What can be wrong with a heartbeat whatever the group.
ConsumerAnswer check_heartbeat(const ConsumerHeartbeat& request);

class ConsumerGroup {
  public:
    ConsumerGroup(std::string id, const ConsumerGroupConfig& config) : id_(std::move(id)), config_(&config) {}

    // One that has passed check_heartbeat().
    ConsumerAnswer heartbeat(ConsumerHeartbeat request, const Catalog& catalog, int64_t now_ms);
    void tick(int64_t now_ms);
    int64_t next_deadline_ms() const { return earliest_ms_; }  // when tick() has something to do, or finds it has not

    // May this member commit offsets? knows_epochs: it can be told of a stale epoch (OffsetCommit 9 and later).
    GroupError check_commit(std::string_view member, int32_t epoch, bool transactional, bool knows_epochs) const;
    GroupError check_fetch(const std::optional<std::string>& member, int32_t epoch) const;

    const std::string& id() const { return id_; }
    bool empty() const { return members_.empty(); }
    bool subscribed_to(std::string_view topic) const;
    ConsumerGroupState state() const;
    ConsumerGroupDescription describe() const;

    // What changed since the last call, or was put back because it could not be stored.
    std::set<ConsumerKey> take_changes() { return std::exchange(changes_, {}); }
    void put_back(std::set<ConsumerKey> keys) { changes_.merge(keys); }
    std::optional<std::string> value_of(const ConsumerKey& key) const;  // nothing: a tombstone
    std::set<ConsumerKey> all_keys() const;

    // As a restart finds it: each record in turn, then once loaded(), when all sessions begin anew.
    Result<> replay(const ConsumerKey& key, const std::optional<Bytes>& value);
    void loaded(int64_t now_ms);

  private:
    friend class ConsumerGroupInspector;  // tests: invariants

    struct Member : ConsumerMember {
        int64_t expires_ms = INT64_MAX;
        int64_t revoke_by_ms = INT64_MAX;                 // while it has to give partitions back
        bool known = false;                               // its subscription was stored (a restart may find less)
        std::optional<Viewer> viewer;                     // who sent its last heartbeat
        std::optional<std::vector<std::string>> matched;  // what its pattern finds for the viewer; nothing: for anybody
    };
    using Found = std::expected<Member*, ConsumerAnswer>;

    // consumer_group.cpp
    ConsumerAnswer leave(const ConsumerHeartbeat& request);
    Found find_member(const ConsumerHeartbeat& request, bool& fresh);
    Found find_static(const ConsumerHeartbeat& request, bool& fresh);
    Member& add_member(const std::string& member_id);
    Member& replace_static(const std::string& old_id, const std::string& new_id);
    bool update_member(Member& member, const ConsumerHeartbeat& request);
    void remove_member(const std::string& member_id);
    const Member* find(std::string_view member_id) const;
    void replay_member(const std::string& id, ConsumerMember said);  // consumer_group_state.cpp
    std::expected<std::optional<TopicPattern>, ConsumerAnswer> compile_pattern(const ConsumerHeartbeat& request) const;
    void arm(int64_t& deadline_ms, int64_t at_ms);
    void find_earliest();

    // consumer_group_target.cpp
    bool resolve_topics(const Catalog& catalog, const std::optional<Sight>& sight, bool subscriptions_changed);
    void resolve_patterns(const Catalog& catalog);
    bool look(Member& member, const Sight& sight);
    std::set<std::string_view> topics_of(const Member& member) const;
    std::set<Uuid> topic_ids_of(const Member& member) const;
    void raise_epoch();  // unless the last one has no target yet
    void new_target();
    std::string preferred_assignor() const;
    void reconcile(Member& member, const std::optional<std::vector<TopicIdPartition>>& owned, int64_t now_ms);
    void next_assignment(Member& member, int32_t epoch, const std::optional<std::vector<TopicIdPartition>>& owned,
                         int64_t now_ms);
    void set_current(Member& member, MemberState state, int32_t epoch, Partitions assigned, Partitions revoking,
                     int64_t now_ms);
    void release(const Member& member, const Partitions& partitions);
    bool reconciled(const Member& member) const {
        return member.state == MemberState::stable && member.epoch == assignment_epoch_;
    }
    void changed(ConsumerRecordKind kind, const std::string& member = {}) { changes_.insert({id_, kind, member}); }

    std::string id_;
    const ConsumerGroupConfig* config_;  // the caller's, outlives the group
    int32_t epoch_ = 0;
    int32_t assignment_epoch_ = 0;
    int64_t topics_hash_ = 0;
    std::map<std::string, Member, std::less<>> members_;
    std::map<std::string, std::string, std::less<>> static_ids_;  // instance id to member id
    Assignment target_;
    std::map<TopicIdPartition, std::string> owners_;             // who has a partition, or still has to give it back
    std::optional<uint64_t> catalog_version_;                    // of the topics below
    uint64_t sight_version_ = 0;                                 // of those that members may see
    std::map<std::string, Catalog::Topic, std::less<>> topics_;  // those subscribed to that exist
    struct Pattern {
        TopicPattern expression;
        std::optional<uint64_t> version;  // of the catalog the names are from
        std::vector<std::string> names;
    };
    std::map<std::string, Pattern, std::less<>> patterns_;
    std::set<ConsumerKey> changes_;
    int64_t earliest_ms_ = INT64_MAX;  // no deadline lies before it
};

}  // namespace pinflow::broker
