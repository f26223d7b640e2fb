// Producer ids and transactions: InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit.
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
    const bool half = (request.producer_id < 0) != (request.producer_epoch < 0);
    const bool nonsense = request.producer_id < -1 || request.producer_epoch < -1;
    if (half || nonsense || (request.transactional_id && request.transactional_id->empty())) {
        InitProducerIdResponse refused;
        refused.error_code = ErrorCode::invalid_request;
        refused.producer_epoch = -1;
        return reply(refused);
    }
    // Both may wait for the disk.
    door.workers.run([&door, request = std::move(request), &call, reply = std::move(reply)]() mutable {
        request.transactional_id ? init_transactional(door, request, call, std::move(reply))
                                 : init_idempotent(door, std::move(reply));
    });
}

// All or nothing: if one partition does not exist, none is added.
void handle(Door& door, AddPartitionsToTxnRequest request, const Call& call, Reply<AddPartitionsToTxnResponse> reply) {
    AddPartitionsToTxnResponse answer;
    std::set<broker::TopicPartition> partitions;
    bool all_exist = true;
    for (const auto& topic : request.topics) {
        auto& one = answer.topics.emplace_back(AddPartitionsToTxnResponse::Topic{owned(topic.name), {}});
        const auto known = find_topic(door, topic.name);
        for (const int32_t index : topic.partitions) {
            const bool exists = check_partition(known, index) == ErrorCode::none;
            all_exist = all_exist && exists;
            one.partitions.push_back(
                {index, exists ? ErrorCode::operation_not_attempted : ErrorCode::unknown_topic_or_partition});
            partitions.insert({one.name, index});
        }
    }
    if (!all_exist) return reply(answer);
    const auto to_all = [](AddPartitionsToTxnResponse& of, ErrorCode error) {
        for (auto& topic : of.topics)
            for (auto& partition : topic.partitions) partition.error_code = error;
    };
    door.transactions->add_partitions(
        owned(request.transactional_id), {request.producer_id, request.producer_epoch}, partitions,
        [reply = std::move(reply), answer = std::move(answer), to_all, &call](TransactionError error) mutable {
            to_all(answer, told(error, call, 2));
            reply(answer);
        });
}

void handle(Door& door, AddOffsetsToTxnRequest request, const Call& call, Reply<AddOffsetsToTxnResponse> reply) {
    if (request.group_id.empty()) {
        AddOffsetsToTxnResponse refused;
        refused.error_code = ErrorCode::invalid_group_id;
        return reply(refused);
    }
    door.transactions->add_group(owned(request.transactional_id), {request.producer_id, request.producer_epoch},
                                 owned(request.group_id),
                                 [reply = std::move(reply), &call](TransactionError error) mutable {
                                     AddOffsetsToTxnResponse answer;
                                     answer.error_code = told(error, call, 2);
                                     reply(answer);
                                 });
}

void handle(Door& door, EndTxnRequest request, const Call& call, Reply<EndTxnResponse> reply) {
    door.transactions->end(owned(request.transactional_id), {request.producer_id, request.producer_epoch},
                           request.committed, [reply = std::move(reply), &call](TransactionError error) mutable {
                               EndTxnResponse answer;
                               answer.error_code = told(error, call, 2);
                               reply(answer);
                           });
}

void handle(Door& door, TxnOffsetCommitRequest request, const Call&, Reply<TxnOffsetCommitResponse> reply) {
    broker::CommitRequest commit;
    commit.member = {owned(request.member_id), {}, request.generation_id};
    if (request.group_instance_id) commit.member.instance_id = owned(*request.group_instance_id);
    auto places = commit_places<TxnOffsetCommitResponse>(
        request.topics, [&](const auto& topic) { return find_topic(door, topic.name); }, commit.offsets);
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
