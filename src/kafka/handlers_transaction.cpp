// Producer ids and transactions: InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit.
#include "broker/internal_topics.h"
#include "kafka/access.h"
#include "kafka/broker_errors.h"
#include "kafka/handlers.h"
#include "kafka/handlers_offsets.h"

namespace pinflow::kafka {
namespace {

using broker::TransactionError;

// PRODUCER_FENCED came late; before it, its clients know INVALID_PRODUCER_EPOCH only.
ErrorCode told(TransactionError error, const Call& call, int16_t knows_fenced) {
    const bool old = error == TransactionError::producer_fenced && call.version < knows_fenced;
    return code_of(old ? TransactionError::invalid_producer_epoch : error);
}

// none, or why the client may not have a producer id.
ErrorCode check_access(const Door& door, const Call& call, const InitProducerIdRequest& request) {
    if (!request.transactional_id)
        return may_write_idempotently(door, call) ? ErrorCode::none : ErrorCode::cluster_authorization_failed;
    return may(door, call, Act::write, on_transaction(*request.transactional_id))
               ? ErrorCode::none
               : ErrorCode::transactional_id_authorization_failed;
}

InitProducerIdResponse refused(ErrorCode code) {
    InitProducerIdResponse answer{.error_code = code};
    answer.producer_epoch = -1;
    return answer;
}

void init_idempotent(Door& door, Reply<InitProducerIdResponse> reply) {
    InitProducerIdResponse answer;
    if (const auto id = door.producer_ids->next())
        answer.producer_id = *id;
    else
        answer.error_code = ErrorCode::coordinator_not_available;
    reply(answer);
}

void init_transactional(Door& door, const InitProducerIdRequest& request, const Call& call,
                        Reply<InitProducerIdResponse> reply) {
    std::optional<broker::ProducerRef> expected;
    if (request.producer_id >= 0) expected = broker::ProducerRef{request.producer_id, request.producer_epoch};
    door.transactions->init_producer(std::string(*request.transactional_id), request.transaction_timeout_ms, expected,
                                     [reply = std::move(reply), &call](broker::StartedProducer started) mutable {
                                         InitProducerIdResponse answer;
                                         answer.error_code = told(started.error, call, 4);
                                         answer.producer_id = started.producer.id;
                                         answer.producer_epoch = started.producer.epoch;
                                         reply(answer);
                                     });
}

std::string owned(std::string_view text) {
    return std::string(text);
}

}  // namespace

void handle(Door& door, InitProducerIdRequest request, const Call& call, Reply<InitProducerIdResponse> reply) {
    if (const ErrorCode code = check_access(door, call, request); code != ErrorCode::none) return reply(refused(code));
    const bool half = (request.producer_id < 0) != (request.producer_epoch < 0);
    const bool nonsense = request.producer_id < -1 || request.producer_epoch < -1;
    if (half || nonsense || (request.transactional_id && request.transactional_id->empty()))
        return reply(refused(ErrorCode::invalid_request));
    // Both may wait for the disk.
    door.workers.run([&door, request = std::move(request), &call, reply = std::move(reply)]() mutable {
        request.transactional_id ? init_transactional(door, request, call, std::move(reply))
                                 : init_idempotent(door, std::move(reply));
    });
}

// All or nothing: if one partition does not exist, or may not be written, none is added.
void handle(Door& door, AddPartitionsToTxnRequest request, const Call& call, Reply<AddPartitionsToTxnResponse> reply) {
    AddPartitionsToTxnResponse answer;
    std::set<broker::TopicPartition> partitions;
    bool all_good = true;
    for (const auto& topic : request.topics) {
        auto& one = answer.topics.emplace_back(AddPartitionsToTxnResponse::Topic{owned(topic.name), {}});
        auto known = find_topic_to(Act::write, door, call, topic.name);
        if (broker::is_internal(topic.name)) known = std::unexpected(ErrorCode::topic_authorization_failed);
        for (const int32_t index : topic.partitions) {
            const ErrorCode wrong = check_partition(known, index);
            all_good = all_good && wrong == ErrorCode::none;
            one.partitions.push_back({index, wrong == ErrorCode::none ? ErrorCode::operation_not_attempted : wrong});
            partitions.insert({one.name, index});
        }
    }
    const auto to_all = [](AddPartitionsToTxnResponse& of, ErrorCode error) {
        for (auto& topic : of.topics)
            for (auto& partition : topic.partitions) partition.error_code = error;
    };
    if (!may(door, call, Act::write, on_transaction(request.transactional_id))) {
        to_all(answer, ErrorCode::transactional_id_authorization_failed);
        return reply(answer);
    }
    if (!all_good) return reply(answer);
    door.transactions->add_partitions(
        owned(request.transactional_id), {request.producer_id, request.producer_epoch}, partitions,
        [reply = std::move(reply), answer = std::move(answer), to_all, &call](TransactionError error) mutable {
            to_all(answer, told(error, call, 2));
            reply(answer);
        });
}

void handle(Door& door, AddOffsetsToTxnRequest request, const Call& call, Reply<AddOffsetsToTxnResponse> reply) {
    if (!may(door, call, Act::write, on_transaction(request.transactional_id)))
        return reply({.error_code = ErrorCode::transactional_id_authorization_failed});
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply({.error_code = ErrorCode::group_authorization_failed});
    if (request.group_id.empty()) return reply({.error_code = ErrorCode::invalid_group_id});
    door.transactions->add_group(owned(request.transactional_id), {request.producer_id, request.producer_epoch},
                                 owned(request.group_id),
                                 [reply = std::move(reply), &call](TransactionError error) mutable {
                                     AddOffsetsToTxnResponse answer;
                                     answer.error_code = told(error, call, 2);
                                     reply(answer);
                                 });
}

void handle(Door& door, EndTxnRequest request, const Call& call, Reply<EndTxnResponse> reply) {
    if (!may(door, call, Act::write, on_transaction(request.transactional_id)))
        return reply({.error_code = ErrorCode::transactional_id_authorization_failed});
    door.transactions->end(owned(request.transactional_id), {request.producer_id, request.producer_epoch},
                           request.committed, [reply = std::move(reply), &call](TransactionError error) mutable {
                               EndTxnResponse answer;
                               answer.error_code = told(error, call, 2);
                               reply(answer);
                           });
}

void handle(Door& door, TxnOffsetCommitRequest request, const Call& call, Reply<TxnOffsetCommitResponse> reply) {
    broker::CommitRequest commit;
    commit.member = {owned(request.member_id), {}, request.generation_id};
    if (request.group_instance_id) commit.member.instance_id = owned(*request.group_instance_id);
    auto places = commit_places<TxnOffsetCommitResponse>(
        request.topics, [&](const auto& topic) { return find_topic_to(Act::read, door, call, topic.name); },
        commit.offsets);
    if (!may(door, call, Act::write, on_transaction(request.transactional_id)))
        return reply(places.failed(ErrorCode::transactional_id_authorization_failed));
    if (!may(door, call, Act::read, on_group(request.group_id)))
        return reply(places.failed(ErrorCode::group_authorization_failed));
    if (commit.offsets.empty()) return reply(places.answer);  // each has its own error
    const broker::ProducerRef producer{request.producer_id, request.producer_epoch};
    const std::string group = owned(request.group_id);
    auto error = door.transactions->check_group(owned(request.transactional_id), producer, group);
    if (error == TransactionError::producer_fenced) error = TransactionError::invalid_producer_epoch;
    if (error != TransactionError::none) return reply(places.failed(code_of(error)));
    door.groups.commit_in_transaction(group, producer, std::move(commit),
                                      [reply = std::move(reply), places = std::move(places)](
                                          broker::CommitAnswer errors) mutable { reply(places.filled(errors)); });
}

}  // namespace pinflow::kafka
