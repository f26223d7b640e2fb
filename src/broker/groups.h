// The group coordinator: all consumer groups of this broker and their offsets, kept in the topic __consumer_offsets
// (docs/groups.md). Speaks the broker's words; src/kafka translates.
//
// Thread-safe: one mutex over all groups. What is done under it takes microseconds (a lookup, a change of a few fields,
// a copy into the log's tail; nothing waits for the disk), so an owner thread would add two hand-overs to every
// heartbeat and commit and gain nothing; groups share the index of deadlines and the order of the log anyway.
// Answers are given outside the mutex, once, on the calling thread, on a thread of the log or on tick()'s: they must be
// short, must not block and must not call Groups again. An answer that says "stored" comes after the record is durable.
//
// Time: sessions run on the steady clock, what is stored carries the wall clock. Nothing happens by itself: somebody
// calls tick() when next_deadline_ms() has come (GroupsTimer does, with a thread of its own).
#pragma once
#include <atomic>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "broker/consumer_group.h"
#include "broker/group.h"
#include "broker/offsets.h"
#include "broker/offsets_log.h"
#include "broker/topics.h"

namespace pinflow::broker {

template <class T>
using AnswerTo = std::move_only_function<void(T)>;

struct GroupsOptions {
    GroupConfig group;             // make_uuid may be left empty
    ConsumerGroupConfig consumer;  // make_id too
    // Of a new __consumer_offsets. Kafka spreads 50 over its brokers; one broker gains nothing from many: one partition
    // is one file to sync for all commits of a moment, and one to read at a start.
    int32_t offsets_partitions = 1;
    int64_t offsets_retention_ms = 7LL * 24 * 3600 * 1000;  // offsets.retention.minutes
    int64_t offsets_check_ms = 600'000;                     // offsets.retention.check.interval.ms
    size_t max_metadata_bytes = 4096;                       // offset.metadata.max.bytes
};

struct OffsetToCommit {
    TopicPartition partition;
    int64_t offset = 0;
    int32_t leader_epoch = -1;
    std::string metadata;
};

struct CommitRequest {
    MemberRef member;  // generation -1 and no id: a consumer that assigns its partitions itself, or an admin
    std::vector<OffsetToCommit> offsets;
    int64_t retention_ms = -1;  // OffsetCommit 2 to 4: of these offsets alone
    bool knows_epochs = false;  // OffsetCommit 9 and later can be told GROUP_ID_NOT_FOUND
};
using CommitAnswer = std::vector<GroupError>;  // as many as offsets, in their order

struct FetchedOffset {
    TopicPartition partition;
    GroupError error = GroupError::none;
    OffsetRecord committed;  // offset -1: none
};

struct DeleteOffsetsAnswer {
    GroupError error = GroupError::none;  // of the whole request; then the list is empty
    std::vector<GroupError> partitions;
};

struct ListedGroup {
    std::string id;
    std::string protocol_type;
    std::string_view state;
    std::string_view type;  // "classic", "consumer"
};

class Groups : public std::enable_shared_from_this<Groups> {
  public:
    // Reads __consumer_offsets if there is one. Whoever was a member is one again, its session beginning now.
    static Result<std::shared_ptr<Groups>> open(Topics& topics, Clock& clock, GroupsOptions options);

    // Makes the topic that groups are kept in, if there is none yet: waits for the disk. The first join or commit does
    // it otherwise.
    GroupError prepare() { return ready(); }

    void join(const std::string& group, JoinRequest request, AnswerTo<JoinAnswer> answer);
    void sync(const std::string& group, SyncRequest request, AnswerTo<SyncAnswer> answer);
    GroupError heartbeat(const std::string& group, const MemberRef& member);
    // The error of the whole request, or one a member.
    std::expected<std::vector<LeftMember>, GroupError> leave(const std::string& group,
                                                             std::span<const LeavingMember> members);

    // Groups of the consumer protocol (KIP-848). An empty group of one protocol becomes one of the other when somebody
    // joins it so.
    void consumer_heartbeat(const std::string& group, ConsumerHeartbeat request, AnswerTo<ConsumerAnswer> answer);
    // group_id_not_found for one of the classic protocol, too.
    std::expected<ConsumerGroupDescription, GroupError> describe_consumer(const std::string& group) const;
    // May this member ask for offsets? OffsetFetch 9 and later say who asks.
    GroupError check_fetch(const std::string& group, const std::optional<std::string>& member, int32_t epoch) const;

    void commit(const std::string& group, CommitRequest request, AnswerTo<CommitAnswer> answer);
    // Part of the producer's transaction: seen once end_transaction() says committed.
    void commit_in_transaction(const std::string& group, ProducerRef producer, CommitRequest request,
                               AnswerTo<CommitAnswer> answer);
    // Writes the marker to the offsets partitions that were added to the transaction (those of its groups), and to any
    // other in which this producer has commits pending. A producer with an older epoch is refused from there on.
    void end_transaction(ProducerRef producer, log::Marker marker, const std::vector<int32_t>& partitions,
                         AnswerTo<GroupError> answer);
    // All that were committed if `wanted` is nothing. require_stable: UNSTABLE_OFFSET_COMMIT where a transaction is
    // open.
    std::vector<FetchedOffset> fetch(const std::string& group, const std::optional<std::vector<TopicPartition>>& wanted,
                                     bool require_stable) const;
    void delete_offsets(const std::string& group, std::vector<TopicPartition> partitions,
                        AnswerTo<DeleteOffsetsAnswer> answer);
    void remove(const std::string& group, AnswerTo<GroupError> answer);
    void forget_topic(const std::string& topic);  // it was deleted: so are the offsets committed for it

    std::optional<GroupDescription> describe(const std::string& group) const;  // nothing: no such classic group
    std::vector<ListedGroup> list() const;
    const GroupsOptions& options() const { return options_; }
    int32_t partition_of(const std::string& group) const;  // of __consumer_offsets

    void tick();
    int64_t next_deadline_ms() const;  // steady clock; never_ms if nothing is due
    // Called, from any thread and outside the mutex, when the next deadline has moved to an earlier time.
    void on_earlier_deadline(std::function<void()> wake);
    void stop();  // whoever waits is told to come back; nothing is taken any more

  private:
    struct Entry {
        Group group;
        GroupOffsets offsets;
        GroupState seen_state = GroupState::empty;
        int64_t state_time_ms = -1;                  // wall clock, since when it is in seen_state; -1: not known
        int64_t scheduled_ms = never_ms;             // its place in deadlines_
        int64_t writes = 0;                          // on their way to the disk
        std::optional<ConsumerGroup> consumer = {};  // then `group` has no members
        uint64_t consumer_writes = 0;                // begun so far
        uint64_t consumer_written = 0;               // the last that is stored, or could not be
        bool subscribed_to(std::string_view topic) const {
            return consumer ? consumer->subscribed_to(topic) : group.subscribed_to(topic);
        }
        struct Told {
            uint64_t after;  // that write
            ConsumerAnswer answer;
            AnswerTo<ConsumerAnswer> to;
        };
        std::deque<Told> told = {};  // wait until what they tell of is durable
    };
    using EntryPtr = std::shared_ptr<Entry>;
    class Turn;
    // Told under the mutex: where a batch lies in the log, and whether it is durable there.
    using Appended = std::move_only_function<void(int64_t base_offset)>;
    using Stored = std::move_only_function<void(const Result<log::Appended>&, Turn*)>;
    struct Flight {  // a batch on its way to the disk
        std::optional<Result<log::Appended>> outcome;
        log::Appended place;
        Stored stored;
    };
    struct Lane {  // one offsets partition; outcomes are taken in the order of the log
        std::deque<Flight> flights;
        uint64_t first = 0;  // number of flights.front()
    };
    struct Waiting {
        int32_t partition;
        OffsetsBatch batch;
        Stored stored;
        Appended appended;
    };

    Groups(Topics& topics, Clock& clock, GroupsOptions options);

    // groups_store.cpp: the way to the log and back
    GroupError ready();  // makes the topic at first use
    void write(int32_t partition, OffsetsBatch batch, Stored stored, Appended appended = nullptr);
    void append_waiting(Turn& turn);
    void arrived(int32_t partition, uint64_t number, Result<> outcome);
    void take_outcomes(Lane& lane, Turn& turn);
    void load_topic();
    void replay(const OffsetsReplay& item);
    void replay_group(const std::string& id, const OffsetsReplay& item);
    void replay_offset(const OffsetKey& key, const OffsetsReplay& item);
    void replay_transaction_end(const OffsetsReplay& item);

    // groups_consumer.cpp
    const Catalog& catalog();
    void settle_consumer(const EntryPtr& entry, Turn& turn, std::optional<Entry::Told> told = {});
    void store_consumer(const EntryPtr& entry, std::set<ConsumerKey> keys);
    static void consumer_stored(const EntryPtr& entry, uint64_t number, const std::set<ConsumerKey>& keys,
                                GroupError error, Turn& turn);
    void make_consumer(const EntryPtr& entry, ConsumerGroup group);
    void make_classic(const EntryPtr& entry);
    void replay_consumer(const ConsumerKey& key, const OffsetsReplay& item);
    void consumers_loaded();

    // groups.cpp
    EntryPtr find(const std::string& group) const;
    EntryPtr find_or_make(const std::string& group);
    void settle(const EntryPtr& entry, Effects effects, Turn& turn);
    void store(const EntryPtr& entry, StoreRequest request);
    void schedule(const EntryPtr& entry);
    int64_t earliest_locked() const;

    // groups_offsets.cpp
    GroupError check_commit(const std::string& group, const CommitRequest& request, bool transactional,
                            EntryPtr& entry);
    void commit_any(const std::string& group, std::optional<ProducerRef> producer, CommitRequest request,
                    AnswerTo<CommitAnswer> answer);
    void write_commit(const EntryPtr& entry, std::optional<ProducerRef> producer, CommitRequest request,
                      CommitAnswer errors, AnswerTo<CommitAnswer> answer);
    void write_tombstones(const EntryPtr& entry, std::vector<TopicPartition> partitions, AnswerTo<GroupError> answer);
    void marker_stored(int64_t producer_id, bool commit, int32_t partition, int64_t log_offset);
    void remove_entry(const EntryPtr& entry, Turn& turn, AnswerTo<GroupError> answer);
    void put_back(const EntryPtr& removed, const GroupRecord& record);
    void clean_up(Turn& turn);
    std::vector<TopicPartition> expired_offsets(const Entry& entry, int64_t wall_ms) const;

    Clock& clock_;
    GroupsOptions options_;
    Topics& topics_;
    OffsetsLog log_;
    std::atomic<bool> topic_ready_ = false;
    std::mutex making_topic_;

    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, EntryPtr, std::less<>> groups_;
    std::multimap<int64_t, std::weak_ptr<Entry>> deadlines_;
    std::map<int64_t, std::set<std::string>> transactions_;  // producer id to groups with pending commits
    Catalog catalog_;
    std::map<CallId, AnswerTo<JoinAnswer>> joins_;
    std::map<CallId, AnswerTo<SyncAnswer>> syncs_;
    CallId next_call_ = 1;
    std::vector<Lane> lanes_;
    std::deque<Waiting> waiting_;  // to be appended; not by a thread of the log
    int64_t next_check_ms_ = 0;
    bool stopping_ = false;
    std::function<void()> wake_;
};

}  // namespace pinflow::broker
