// Produce: batches are checked, appended on the connection's loop in the order of the requests, and acked by the log's
// threads as acks asks: all waits until the records are durable, 1 until they are written, 0 for nothing.
#include <atomic>
#include <deque>

#include "broker/internal_topics.h"
#include "broker/transactions.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/client_quota.h"
#include "kafka/handlers.h"
#include "kafka/log_errors.h"
#include "kafka/partition_lookup.h"
#include "kafka/record_check.h"
#include "log/batch_rewrite.h"

namespace pinflow::kafka {
namespace {

// The version in which a producer can abort a transaction that this partition does not belong to, and go on (KIP-890);
// an older one takes the error for the end. Version 12 would add the partition where transaction.version is 2, which is
// not offered (versions.h): producers that have to know stop at 11 in a transaction.
constexpr int16_t abortable_since = 11;
constexpr int16_t produce_by_id_since = 13;  // topics are named by id

// One request. Counts the partitions that are not acked yet, and one for itself while it appends.
class Producing : public std::enable_shared_from_this<Producing> {
  public:
    Producing(Door& door, ProduceRequest request, Reply<ProduceResponse> reply)
        : door_(door), request_(std::move(request)), reply_(std::move(reply)) {}

    void run() {
        may_write_transaction_ = door_.acls == nullptr || may_write_transaction();
        append_all();
        if (appended_to_) appended_to_->write_appended();
        reply_.throttle(count_quota(door_, broker::Limit::producer_bytes, reply_.call(), taken_bytes_));
        if (request_.acks == 0) return failed_ ? reply_.close() : reply_.nothing();
        wait_for_acks();
    }

  private:
    struct Waiting {
        std::shared_ptr<log::Partition> partition;
        int64_t last_offset;
        ProduceResponse::Partition* answer;
    };

    void append_all() {
        const bool by_id = reply_.call().version >= produce_by_id_since;
        answer_.topics.reserve(request_.topics.size());
        for (const auto& wanted : request_.topics) {
            auto& topic = answer_.topics.emplace_back();
            topic.name = wanted.name;
            topic.topic_id = wanted.topic_id;
            topic.partitions.reserve(wanted.partitions.size());
            auto found = find_topic_to(Act::write, door_, reply_.call(), by_id, wanted);
            const bool allowed = found || found.error() != ErrorCode::topic_authorization_failed;
            if (allowed && broker::is_internal(found ? (*found)->name : wanted.name))
                found = std::unexpected(ErrorCode::invalid_topic_exception);
            for (const auto& part : wanted.partitions) {
                auto& into = topic.partitions.emplace_back();
                into.index = part.index;
                into.base_offset = -1;
                append(found, part, into);
            }
        }
    }

    void append(const FoundTopic& topic, const ProduceRequest::Partition& part, ProduceResponse::Partition& into) {
        if (request_.acks < -1 || request_.acks > 1) return refuse(into, ErrorCode::invalid_required_acks);
        if (!may_write_transaction_) return refuse(into, ErrorCode::transactional_id_authorization_failed);
        if (!topic) return refuse(into, topic.error());
        const auto found = find_partition(topic->get(), part.index);
        if (!found) return refuse(into, found.error());
        const auto& partition = *found;
        const auto settings = partition->settings();
        const Bytes sent = part.records.value_or(Bytes());
        // The frame is ours: the log sets offset and epoch of the batch in place.
        const MutableBytes records(const_cast<std::byte*>(sent.data()), sent.size());
        if (auto good = check_records(records, reply_.call().version, *settings, door_.clock.wall_ms()); !good)
            return refuse(into, std::move(good).error());
        if (const auto code = check_transaction(records, **topic, part.index); code != ErrorCode::none)
            return refuse(into, code);
        std::vector<std::byte> compressed;
        const auto batch = log::in_codec_of(*settings, records, compressed);
        if (!batch) return refuse(into, append_code(batch.error()), batch.error().message);
        const auto appended = partition->append(*batch, log::WriteBy::caller);
        if (!appended) return refuse(into, append_code(appended.error()), appended.error().message);
        taken_bytes_ += static_cast<double>(sent.size());
        into.base_offset = appended->base_offset;
        into.log_append_time_ms = settings->append_time ? appended->append_time_ms : -1;
        into.log_start_offset = partition->start_offset();
        appended_to_ = partition;
        if (request_.acks != 0) waiting_.push_back({partition, appended->last_offset, &into});
    }

    // Records of a transaction are for who may write its id; one of them concerns the whole request.
    bool may_write_transaction() const {
        const auto is_transactional = [](const ProduceRequest::Partition& part) {
            const Bytes records = part.records.value_or(Bytes());
            if (records.size() < log::batch_header_size) return false;
            const auto header = log::BatchHeader::load(records.data());
            return header.magic == 2 && header.transactional();
        };
        const bool any = std::ranges::any_of(request_.topics, [&](const auto& topic) {
            return std::ranges::any_of(topic.partitions, is_transactional);
        });
        if (!any) return true;
        const auto& id = request_.transactional_id;
        return id && may(door_, reply_.call(), Act::write, on_transaction(*id));
    }

    // Without having been added to the transaction the partition would never see its end.
    ErrorCode check_transaction(Bytes batch, const broker::Topic& topic, int32_t partition) const {
        const auto header = log::BatchHeader::load(batch.data());
        if (!header.transactional() || door_.transactions == nullptr) return ErrorCode::none;
        const std::string id(request_.transactional_id.value_or(""));
        if (id.empty()) return ErrorCode::invalid_record;
        const auto error =
            door_.transactions->check_write(id, {header.producer_id, header.producer_epoch}, {topic.name, partition});
        // Producers know that they are out by this code; PRODUCER_FENCED is for what they ask of the coordinator.
        if (error == broker::TransactionError::producer_fenced) return ErrorCode::invalid_producer_epoch;
        if (error == broker::TransactionError::invalid_txn_state && reply_.call().version >= abortable_since)
            return ErrorCode::transaction_abortable;
        return code_of(error);
    }

    void refuse(ProduceResponse::Partition& into, BadRecords bad) {
        refuse(into, bad.code, std::move(bad.message));
        for (const int32_t record : bad.records) into.record_errors.push_back({record, into.error_message});
    }

    void refuse(ProduceResponse::Partition& into, ErrorCode code, std::string text = {}) {
        failed_ = true;
        into.error_code = code;
        into.base_offset = -1;
        if (text.empty()) return;
        text.resize(std::min(text.size(), max_text_bytes));
        into.error_message = texts_.emplace_back(std::move(text));
    }

    void wait_for_acks() {
        open_.store(waiting_.size() + 1, std::memory_order_relaxed);
        const auto ack = request_.acks == 1 ? log::Ack::written : log::Ack::durable;
        for (const Waiting& each : waiting_)
            each.partition->when_acked(each.last_offset, ack, [self = shared_from_this(), &each](Result<> outcome) {
                if (!outcome) self->lost(*each.answer, outcome.error());
                self->one_less();
            });
        one_less();
    }

    void lost(ProduceResponse::Partition& into, const Error& error) {
        const std::scoped_lock lock(texts_mutex_);  // partitions are acked by several threads
        refuse(into, ack_code(error), error.message);
    }

    void one_less() {
        if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1) reply_(answer_);
    }

    Door& door_;
    const ProduceRequest request_;
    Reply<ProduceResponse> reply_;
    ProduceResponse answer_;
    std::vector<Waiting> waiting_;
    std::mutex texts_mutex_;
    std::deque<std::string> texts_;                // views of them are in the answer
    std::shared_ptr<log::Partition> appended_to_;  // any of them
    double taken_bytes_ = 0;
    bool failed_ = false;
    bool may_write_transaction_ = true;
    std::atomic<size_t> open_ = 0;
};

}  // namespace

void handle(Door& door, ProduceRequest request, const Call&, Reply<ProduceResponse> reply) {
    std::make_shared<Producing>(door, std::move(request), std::move(reply))->run();
}

}  // namespace pinflow::kafka
