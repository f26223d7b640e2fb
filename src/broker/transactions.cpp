#include "broker/transactions.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "broker/transactions_turn.h"

namespace pinflow::broker {

using enum TransactionError;

Transactions::Transactions(Topics& topics, std::shared_ptr<Groups> groups, ProducerIds& ids, Clock& clock,
                           TransactionsOptions options)
    : topics_(topics), groups_(std::move(groups)), ids_(ids), clock_(clock), options_(options) {}

Result<std::shared_ptr<Transactions>> Transactions::open(Topics& topics, std::shared_ptr<Groups> groups,
                                                         ProducerIds& ids, Clock& clock, TransactionsOptions options) {
    std::shared_ptr<Transactions> opened =
        std::unique_ptr<Transactions>(new Transactions(topics, std::move(groups), ids, clock, options));
    opened->next_check_ms_ = clock.steady_ms() + options.expiration_check_ms;
    if (opened->open_topic()) PINFLOW_TRY(opened->load());
    return opened;
}

Transactions::EntryPtr Transactions::find(const std::string& id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second;
}

void Transactions::init_producer(const std::string& id, int32_t timeout_ms, std::optional<ProducerRef> expected,
                                 AnswerTo<StartedProducer> answer) {
    if (id.empty()) return answer({invalid_request, {}});
    if (timeout_ms <= 0 || timeout_ms > options_.max_timeout_ms) return answer({invalid_transaction_timeout, {}});
    TransactionError error = ready();
    const auto fresh_id = ids_.next();  // before the mutex: it may wait for the disk
    if (!fresh_id) spdlog::error("no producer id can be given: {}", fresh_id.error().message);
    Turn turn(*this);
    if (stopping_ || !fresh_id) error = coordinator_not_available;
    if (error != none) return turn.answer(std::move(answer), StartedProducer{error, {}});
    EntryPtr& entry = entries_[id];
    if (!entry) entry = std::make_shared<Entry>(Entry{.id = id});
    const bool going_on = entry->machine.record().state == TransactionState::ongoing;
    auto decision = entry->machine.init(timeout_ms, expected, *fresh_id, clock_.wall_ms());
    decided(entry, std::move(decision), turn,
            [entry, going_on, answer = std::move(answer)](TransactionError outcome) mutable {
                if (outcome == none && going_on) outcome = concurrent_transactions;  // that one is aborted first
                StartedProducer started{outcome, {}};
                if (outcome == none) started.producer = entry->machine.record().producer;
                answer(started);
            });
}

void Transactions::add_partitions(const std::string& id, const ProducerRef& producer,
                                  const std::set<TopicPartition>& partitions, AnswerTo<TransactionError> answer) {
    Turn turn(*this);
    const EntryPtr entry = find(id);
    TransactionError error = id.empty() ? invalid_request : entry ? none : invalid_producer_id_mapping;
    if (stopping_) error = coordinator_not_available;
    if (error != none) return turn.answer(std::move(answer), TransactionError(error));
    decided(entry, entry->machine.add(producer, partitions, clock_.wall_ms()), turn, std::move(answer));
}

void Transactions::add_group(const std::string& id, const ProducerRef& producer, const std::string& group,
                             AnswerTo<TransactionError> answer) {
    add_partitions(id, producer, {{offsets_topic, groups_->partition_of(group)}}, std::move(answer));
}

void Transactions::end(const std::string& id, const ProducerRef& producer, bool commit,
                       AnswerTo<TransactionError> answer) {
    Turn turn(*this);
    const EntryPtr entry = find(id);
    TransactionError error = id.empty() ? invalid_request : entry ? none : invalid_producer_id_mapping;
    if (stopping_) error = coordinator_not_available;
    if (error != none) return turn.answer(std::move(answer), TransactionError(error));
    auto decision = entry->machine.end(producer, commit, clock_.wall_ms());
    if (!decision.store) return turn.answer(std::move(answer), TransactionError(decision.error));
    store(entry, *decision.store, turn,
          [this, entry, answer = std::move(answer)](TransactionError outcome, Turn& later) mutable {
              if (outcome == none && stopping_) outcome = coordinator_not_available;
              if (outcome == none)
                  entry->ended = std::move(answer);  // when the markers are where they belong
              else
                  later.answer(std::move(answer), TransactionError(outcome));
          });
}

TransactionError Transactions::check_locked(const std::string& id, const ProducerRef& producer,
                                            const TopicPartition& partition) const {
    const EntryPtr entry = find(id);
    return entry ? entry->machine.check_write(producer, partition) : invalid_producer_id_mapping;
}

TransactionError Transactions::check_write(const std::string& id, const ProducerRef& producer,
                                           const TopicPartition& partition) const {
    const std::scoped_lock lock(mutex_);
    return check_locked(id, producer, partition);
}

TransactionError Transactions::check_group(const std::string& id, const ProducerRef& producer,
                                           const std::string& group) const {
    const TopicPartition partition{offsets_topic, groups_->partition_of(group)};
    const std::scoped_lock lock(mutex_);
    return check_locked(id, producer, partition);
}

std::optional<TransactionRecord> Transactions::describe(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const EntryPtr entry = find(id);
    if (!entry || entry->machine.record().producer.epoch < 0) return std::nullopt;
    return entry->machine.record();
}

std::vector<std::pair<std::string, TransactionRecord>> Transactions::list() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::pair<std::string, TransactionRecord>> all;
    for (const auto& [id, entry] : entries_)
        if (entry->machine.record().producer.epoch >= 0) all.emplace_back(id, entry->machine.record());
    return all;
}

// Answers at once, or when what must be stored is.
void Transactions::decided(const EntryPtr& entry, Transaction::Decision decision, Turn& turn,
                           AnswerTo<TransactionError> answer) {
    if (!decision.store) return turn.answer(std::move(answer), TransactionError(decision.error));
    store(entry, *decision.store, turn, [answer = std::move(answer)](TransactionError outcome, Turn& later) mutable {
        later.answer(std::move(answer), TransactionError(outcome));
    });
}

// The entry has a new state: what is to be done about it, and when.
void Transactions::changed(const EntryPtr& entry) {
    const Transaction& machine = entry->machine;
    if (machine.prepared()) {
        entry->markers_done = false;
        work_.push_back(entry);
    }
    const int64_t deadline_ms = machine.deadline_ms();
    if (deadline_ms == INT64_MAX) return schedule(entry, never_ms);
    schedule(entry, clock_.steady_ms() + std::clamp<int64_t>(deadline_ms - clock_.wall_ms(), 0, INT32_MAX));
}

void Transactions::schedule(const EntryPtr& entry, int64_t due_ms) {
    if (due_ms == entry->due_ms) return;
    const auto [first, last] = due_.equal_range(entry->due_ms);
    for (auto each = first; each != last; ++each) {
        if (each->second != entry) continue;
        due_.erase(each);
        break;
    }
    entry->due_ms = due_ms;
    if (due_ms != never_ms) due_.emplace(due_ms, entry);
}

void Transactions::work_on(const EntryPtr& entry, Turn& turn) {
    Transaction& machine = entry->machine;
    if (machine.pending()) return;
    if (machine.record().state == TransactionState::ongoing) {
        spdlog::info("transaction {} has timed out and is aborted", entry->id);
        const auto decision = machine.time_out(clock_.wall_ms());
        const auto outcome = [this, entry](TransactionError error, Turn&) {
            if (error != none) schedule(entry, clock_.steady_ms() + options_.retry_ms);
        };
        if (decision.store) store(entry, *decision.store, turn, outcome);
    } else if (machine.prepared() && entry->markers_done) {
        complete(entry, turn);
    } else if (machine.prepared() && !entry->markers_sent) {
        entry->markers_sent = true;
        turn.afterwards([this, entry, record = machine.record()] { send_markers(entry, record); });
    }
}

// Need not be waited for: if it is lost, the markers are written once more. It comes before whatever is stored next.
void Transactions::complete(const EntryPtr& entry, Turn& turn) {
    const auto decision = entry->machine.complete(clock_.wall_ms());
    if (!decision.store) return;
    if (auto place = append(entry->id, decision.store); !place) {
        entry->machine.not_stored();
        spdlog::warn("transaction {}: its end could not be stored: {}", entry->id, place.error().message);
        return schedule(entry, clock_.steady_ms() + options_.retry_ms);
    }
    entry->machine.stored();
    changed(entry);
    if (entry->ended) turn.answer(std::exchange(entry->ended, nullptr), none);
}

void Transactions::tick() {
    Turn turn(*this);
    if (stopping_) return;
    const int64_t now_ms = clock_.steady_ms();
    while (!due_.empty() && due_.begin()->first <= now_ms) {
        const EntryPtr entry = due_.begin()->second;
        schedule(entry, never_ms);
        work_on(entry, turn);
    }
    for (const EntryPtr& entry : std::exchange(work_, {})) work_on(entry, turn);
    if (now_ms < next_check_ms_) return;
    next_check_ms_ = now_ms + options_.expiration_check_ms;
    expire_ids();
}

void Transactions::expire_ids() {
    const int64_t now_ms = clock_.wall_ms();
    std::erase_if(entries_, [&](const auto& each) {
        const Entry& entry = *each.second;
        if (entry.machine.record().producer.epoch < 0) return !entry.machine.pending();  // never got anywhere
        return entry.machine.expired(now_ms, options_.expiration_ms) && append(entry.id, std::nullopt).has_value();
    });
}

int64_t Transactions::next_deadline_ms() const {
    const std::scoped_lock lock(mutex_);
    return earliest_locked();
}

int64_t Transactions::earliest_locked() const {
    if (stopping_) return never_ms;
    if (!work_.empty()) return INT64_MIN;
    return due_.empty() ? next_check_ms_ : std::min(next_check_ms_, due_.begin()->first);
}

void Transactions::on_earlier_deadline(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
}

void Transactions::stop() {
    Turn turn(*this);
    stopping_ = true;
    for (const auto& [id, entry] : entries_)
        if (entry->ended) turn.answer(std::exchange(entry->ended, nullptr), coordinator_not_available);
}

}  // namespace pinflow::broker
