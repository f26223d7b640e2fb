// One consumer instance of the REST Proxy: what it subscribes to or was assigned, how far it has read, what is
// committed, and the reads that wait. Lives on one event loop and has no lock: post() brings a call there.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/topic_pattern.h"
#include "rest/asker.h"
#include "rest/consumer_bodies.h"
#include "rest/consumer_options.h"
#include "rest/group_member.h"
#include "rest/records_answer.h"

namespace pinflow::rest {

class Consumer final : public std::enable_shared_from_this<Consumer>, private MemberEvents {
  public:
    struct Identity {
        std::string group, name;
        std::string client_host;  // "/127.0.0.1"
    };
    using Expired = std::function<void(const Consumer&)>;

    static std::shared_ptr<Consumer> make(const ConsumerSite& site, const ConsumersOptions& options,
                                          const ConsumerBounds& bounds, net::LoopRef loop, Identity identity,
                                          NewConsumer config, Expired expired);
    ~Consumer();
    const Identity& identity() const { return identity_; }
    Format format() const { return config_.format; }

    // Any thread. Who comes after the instance was closed is told that there is none.
    using Act = std::move_only_function<void(Consumer&, Asker)>;
    void post(Asker asker, Act act);
    // Commits and leaves its group; reads that wait are told `why`. Any thread.
    void close(Refusal why, std::move_only_function<void()> done);

    // From here on: the loop's thread.
    void subscribe(Asker asker, Subscription wanted);
    void unsubscribe(Asker asker);
    void tell_subscription(Asker asker);
    void assign(Asker asker, const std::vector<broker::TopicPartition>& partitions);
    void tell_assignment(Asker asker);
    // Once the group has shared out its partitions, if it is at it; a second later in any case.
    void when_settled(Asker asker, Act act);

    // consumer_offsets.cpp
    enum class End : uint8_t { beginning, end };
    void seek(Asker asker, const Places& places);
    void seek_to(Asker asker, const std::vector<broker::TopicPartition>& partitions, End end);
    void commit_read(Asker asker, bool wait);
    void commit(Asker asker, std::vector<OffsetPlace> offsets);
    void tell_committed(Asker asker, const std::vector<broker::TopicPartition>& partitions);

    // consumer_read.cpp
    void read(Asker asker, int64_t wait_ms, int64_t most_bytes);  // not positive: as the instance has it

  private:
    struct Held {
        int64_t position = -1;   // of the next record; -1: not known yet
        int64_t committed = -1;  // as far as is known here
        Uuid topic;              // whose offset the position is
    };
    using HeldPartitions = std::map<broker::TopicPartition, Held>;
    struct Read {
        Asker asker;
        int64_t deadline_ms = 0;
        size_t min_bytes = 0;
        size_t most_bytes = 0;
    };
    struct Waking {
        std::shared_ptr<log::Partition> partition;
        uint64_t id = 0;
    };
    enum class Target : uint8_t { nothing, topics, pattern, partitions };

    Consumer(const ConsumerSite& site, const ConsumersOptions& options, const ConsumerBounds& bounds, net::LoopRef loop,
             Identity identity, NewConsumer config, Expired expired);

    // consumer.cpp
    void losing(std::move_only_function<void()> go_on) override;
    void assigned(TopicPartitions partitions, bool follows) override;
    void lost() override;
    void hold(HeldPartitions held);
    void stop_reading_here();
    TopicNames matching_topics(const broker::TopicPattern& pattern) const;
    void look_for_topics();
    void settled_by(int64_t until_ms, Asker asker, Act act);
    void touch();
    void arm(int64_t at_ms);
    void on_timer(int64_t at_ms);
    void tick();
    void upkeep_soon();
    void do_close(const Refusal& why, std::move_only_function<void()> done);
    std::optional<Refusal> no_room_for(size_t names) const;
    bool is_subscribed() const { return target_ == Target::topics || target_ == Target::pattern; }
    int64_t now_ms() const { return site_.clock.steady_ms(); }

    // consumer_offsets.cpp
    std::shared_ptr<log::Partition> partition(const broker::TopicPartition& name) const;
    void find_positions();
    void forget_removed();
    void check_positions();
    void reset(const broker::TopicPartition& name, const log::Partition& partition, Held& held,
               std::string_view trouble);
    std::expected<std::shared_ptr<log::Partition>, Refusal> held_partition(const broker::TopicPartition& name) const;
    void move_to(Asker asker, const std::vector<OffsetPlace>& places);
    void move_to_times(Asker asker, Places places);
    using Committed = std::move_only_function<void(const std::optional<Refusal>&)>;
    void commit_by_itself(Committed done);  // if it is to
    void commit_positions(Committed done, bool unchanged_too = false);
    void commit_soon();  // if it is to
    void send_commit(std::vector<broker::OffsetToCommit> offsets, Committed done);
    std::optional<Refusal> committed(const std::vector<broker::OffsetToCommit>& offsets,
                                     const broker::CommitAnswer& errors);

    // consumer_read.cpp
    void serve();
    std::vector<ReadPart> readable();
    void start_reading(std::vector<ReadPart> parts);
    struct Progress {
        std::shared_ptr<RecordsAnswer> collected;
        std::vector<ReadPart> parts;
        uint64_t epoch = 0;
        std::shared_ptr<void> reserved;  // memory for what comes
    };
    void reading_is_back(Progress progress);
    void conclude(const Progress& progress);
    bool is_over(const Read& read) const;
    void wait_for_records();
    void look_again_soon();
    void wake_when_readable(const std::shared_ptr<log::Partition>& log, int64_t next);
    void cancel_wakes();
    void end_reads(int64_t now);
    void answer_front(net::Response response);
    void hand_out();
    void forget_collected();

    const ConsumerSite& site_;
    const ConsumersOptions& options_;
    const AnswerMemory& memory_;
    const NameCount& names_;
    const net::LoopRef loop_;
    const Identity identity_;
    const NewConsumer config_;
    const Expired expired_;
    GroupMember member_;

    bool closed_ = false;
    int64_t touched_ms_;
    int64_t due_ms_ = broker::never_ms;  // when on_timer() comes
    int64_t commit_due_ms_ = broker::never_ms;
    int64_t upkeep_due_ms_ = 0;  // of what is subscribed to or assigned

    Target target_ = Target::nothing;
    TopicNames topics_;  // of a subscription; of a pattern those that match
    std::optional<broker::TopicPattern> pattern_;
    std::string pattern_text_;
    uint64_t topics_version_ = 0;  // of which topics_ is
    bool first_poll_ = false;      // none has come since the subscription

    std::shared_ptr<void> held_names_;  // of the subscription or assignment, counted

    HeldPartitions held_;
    bool revoked_ = false;  // held_ is what was held before: nothing is read
    uint64_t epoch_ = 0;    // of held_ and its positions: what was read under an older one does not count
    std::optional<std::string> position_trouble_;

    std::deque<Read> reads_;
    std::shared_ptr<RecordsAnswer> collected_;  // of the front read
    std::map<broker::TopicPartition, int64_t> collected_to_;
    std::shared_ptr<void> collected_memory_;
    bool reading_ = false;  // a worker is at it
    bool cut_off_ = false;  // records behind what was collected have gone: it is handed out first
    bool looking_again_ = false;
    bool stuck_ = false;  // there is something to read, and nothing came of it
    size_t turn_ = 0;     // which partition comes first
    std::vector<Waking> wakes_;
    std::shared_ptr<std::atomic<bool>> woken_;
};

}  // namespace pinflow::rest
