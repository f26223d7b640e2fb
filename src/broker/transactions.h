// The transaction coordinator: every transactional id of this broker, kept in the topic __transaction_state
// (docs/transactions.md). What may happen when is Transaction's business; here lie the way to the log and back, the
// markers and the clock.
//
// Thread-safe: one mutex over all ids, held for lookups and copies into the log's tail. Answers are given outside of
// it, once, on the calling thread, a thread of the log or tick()'s: they must be short, must not block and must not
// call Transactions again. What an answer says is durable. Nothing happens by itself: somebody calls tick() when
// next_deadline_ms() has come (TransactionsTimer does, with a thread of its own): markers are written there.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "broker/groups.h"
#include "broker/producer_ids.h"
#include "broker/ticker.h"
#include "broker/topics.h"
#include "broker/transaction.h"

namespace pinflow::broker {

inline constexpr const char* transactions_topic = "__transaction_state";

struct TransactionsOptions {
    int32_t partitions = 1;            // of a new __transaction_state; see GroupsOptions::offsets_partitions
    int32_t max_timeout_ms = 900'000;  // transaction.max.timeout.ms
    int64_t expiration_ms = 7LL * 24 * 3600 * 1000;  // transactional.id.expiration.ms
    int64_t expiration_check_ms = 3'600'000;
    int64_t retry_ms = 200;  // markers that could not be written
};

struct StartedProducer {
    TransactionError error = TransactionError::none;
    ProducerRef producer;
};

class Transactions : public std::enable_shared_from_this<Transactions> {
  public:
    // Reads __transaction_state if there is one. What was prepared is finished by the first ticks.
    static Result<std::shared_ptr<Transactions>> open(Topics& topics, std::shared_ptr<Groups> groups, ProducerIds& ids,
                                                      Clock& clock, TransactionsOptions options);

    // A transactional id is not empty. `expected`: InitProducerId 3, who the producer was.
    void init_producer(const std::string& id, int32_t timeout_ms, std::optional<ProducerRef> expected,
                       AnswerTo<StartedProducer> answer);
    // The partitions exist.
    void add_partitions(const std::string& id, const ProducerRef& producer, const std::set<TopicPartition>& partitions,
                        AnswerTo<TransactionError> answer);
    void add_group(const std::string& id, const ProducerRef& producer, const std::string& group,
                   AnswerTo<TransactionError> answer);
    // Answered when the markers are durable: who reads committed records then sees them.
    void end(const std::string& id, const ProducerRef& producer, bool commit, AnswerTo<TransactionError> answer);
    // May the producer write there (commit offsets of the group) as a part of its transaction? Not without having
    // added it before: nobody would write the marker.
    TransactionError check_write(const std::string& id, const ProducerRef& producer,
                                 const TopicPartition& partition) const;
    TransactionError check_group(const std::string& id, const ProducerRef& producer, const std::string& group) const;

    std::optional<TransactionRecord> describe(const std::string& id) const;
    std::vector<std::pair<std::string, TransactionRecord>> list() const;
    const TransactionsOptions& options() const { return options_; }

    void tick();
    int64_t next_deadline_ms() const;  // steady clock; never_ms if nothing is due
    void on_earlier_deadline(std::function<void()> wake);
    void stop();  // whoever waits is told to come back; nothing is taken any more

  private:
    struct Entry {
        std::string id;
        Transaction machine;
        bool markers_sent = false;  // and their outcome not known
        bool markers_done = false;
        int64_t due_ms = never_ms;  // steady clock: time-out or another try; its place in due_
        AnswerTo<TransactionError> ended;
    };
    using EntryPtr = std::shared_ptr<Entry>;
    class Turn;
    using Stored = std::move_only_function<void(TransactionError, Turn&)>;

    Transactions(Topics& topics, std::shared_ptr<Groups> groups, ProducerIds& ids, Clock& clock,
                 TransactionsOptions options);

    // transactions_store.cpp
    TransactionError ready();  // makes the topic at first use
    bool open_topic();
    Result<> load();
    Result<> load_partition(const log::Partition& partition);
    void load_record(const log::Record& record);
    Result<log::Appended> append(const std::string& id, const std::optional<TransactionRecord>& record);
    void store(const EntryPtr& entry, const TransactionRecord& record, Turn& turn, Stored stored);
    void arrived(const EntryPtr& entry, const Result<>& outcome, Stored stored);
    void send_markers(const EntryPtr& entry, const TransactionRecord& record);
    void markers_arrived(const EntryPtr& entry, bool good);

    // transactions.cpp
    EntryPtr find(const std::string& id) const;
    void decided(const EntryPtr& entry, Transaction::Decision decision, Turn& turn, AnswerTo<TransactionError> answer);
    void changed(const EntryPtr& entry);
    void schedule(const EntryPtr& entry, int64_t due_ms);
    void work_on(const EntryPtr& entry, Turn& turn);
    void complete(const EntryPtr& entry, Turn& turn);
    void expire_ids();
    int64_t earliest_locked() const;
    TransactionError check_locked(const std::string& id, const ProducerRef& producer,
                                  const TopicPartition& partition) const;

    Topics& topics_;
    std::shared_ptr<Groups> groups_;
    ProducerIds& ids_;
    Clock& clock_;
    TransactionsOptions options_;
    std::atomic<bool> topic_ready_ = false;
    std::mutex making_topic_;

    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, EntryPtr> entries_;
    std::multimap<int64_t, EntryPtr> due_;
    std::deque<EntryPtr> work_;  // for the next tick: prepared, or with all markers in place
    std::vector<std::shared_ptr<log::Partition>> partitions_;
    log::BatchBuilder builder_;
    int64_t next_check_ms_ = 0;
    bool stopping_ = false;
    std::function<void()> wake_;
};

using TransactionsTimer = Ticker<Transactions>;

}  // namespace pinflow::broker
