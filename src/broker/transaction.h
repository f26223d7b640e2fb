// What becomes of one transactional id: who its producer is and how far its transaction has come. A plain state
// machine: no thread, clock or log. A call either is answered at once (a Decision without a record), or wants a record
// stored first: until stored() or not_stored() tells the outcome, every other call is CONCURRENT_TRANSACTIONS.
//
//   empty --add--> ongoing --end--> prepare_commit --complete--> complete_commit --add--> ongoing ...
//                     \-- end, time-out, a new producer --> prepare_abort --complete--> complete_abort
//
// Once a prepare state is stored the outcome is decided: markers are written until all partitions have theirs, over any
// number of restarts. Behaviour is that of Kafka's TransactionCoordinator (2.8), but that a producer with an outdated
// epoch cannot make InitProducerId abort its successor's transaction.
#pragma once
#include <optional>
#include <set>

#include "broker/transaction_error.h"
#include "broker/transaction_records.h"

namespace pinflow::broker {

class Transaction {
  public:
    struct Decision {
        TransactionError error = TransactionError::none;
        std::optional<TransactionRecord> store;
    };
    static constexpr int16_t last_epoch = INT16_MAX - 1;  // that a producer may have; one more is for fencing it

    Transaction() = default;                                                        // never seen before
    explicit Transaction(TransactionRecord record) : record_(std::move(record)) {}  // as a restart finds it

    // `new_id` is used for an id that is new, or if no epoch is left. `expected`: who the caller was before
    // (InitProducerId 3). With a transaction going on this aborts it: stored, the answer is CONCURRENT_TRANSACTIONS all
    // the same.
    Decision init(int32_t timeout_ms, std::optional<ProducerRef> expected, int64_t new_id, int64_t now_ms);
    Decision add(const ProducerRef& producer, const std::set<TopicPartition>& partitions, int64_t now_ms);
    Decision end(const ProducerRef& producer, bool commit, int64_t now_ms);
    // May this producer write to the partition within its transaction?
    TransactionError check_write(const ProducerRef& producer, const TopicPartition& partition) const;
    Decision time_out(int64_t now_ms);  // aborts what goes on, and fences the producer
    Decision complete(int64_t now_ms);  // the markers are where they belong

    void stored();
    void not_stored() { pending_.reset(); }

    const TransactionRecord& record() const { return record_; }
    bool pending() const { return pending_.has_value(); }
    bool prepared() const;
    int64_t deadline_ms() const;                                // wall clock; INT64_MAX: has none
    bool expired(int64_t now_ms, int64_t expiration_ms) const;  // unused for so long

  private:
    struct Pending {
        TransactionRecord record;
        int16_t previous_epoch;
    };
    Decision store(TransactionRecord next, int64_t now_ms, int16_t previous_epoch = -1);
    Decision refused(TransactionError error) const { return {error, {}}; }
    Decision next_epoch(TransactionRecord next, std::optional<ProducerRef> expected, int64_t new_id, int64_t now_ms);
    Decision fence(int64_t now_ms);
    TransactionError check_producer(const ProducerRef& producer) const;

    TransactionRecord record_;
    int16_t previous_epoch_ = -1;  // of the producer that raised its epoch itself: it may ask again. Not stored
    int64_t previous_id_ = -1;     // the same, where the epochs were used up
    std::optional<Pending> pending_;
};

}  // namespace pinflow::broker
