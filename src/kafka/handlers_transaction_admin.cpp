// Producers and transactions as tools see them: DescribeProducers, ListTransactions, DescribeTransactions.
#include <algorithm>
#include <array>
#include <set>

#include "kafka/access.h"
#include "kafka/handlers.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {
namespace {

using ProducerAnswer = DescribeProducersResponse::Producer;

std::vector<ProducerAnswer> producers_of(const log::Partition& partition) {
    std::vector<ProducerAnswer> told;
    for (const auto& [id, producer] : partition.producers()) {
        const auto batches = producer.known();
        told.push_back({.producer_id = id,
                        .producer_epoch = producer.epoch,
                        .last_sequence = batches.empty() ? -1 : batches.back().last_sequence,
                        .last_timestamp = producer.last_seen_ms,
                        .coordinator_epoch = producer.coordinator_epoch,
                        .current_txn_start_offset = producer.transaction_start});
    }
    std::ranges::sort(told, {}, &ProducerAnswer::producer_id);
    return told;
}

DescribeProducersResponse::Partition described(const FoundTopic& topic, std::string_view name, int32_t index) {
    DescribeProducersResponse::Partition told{.index = index};
    if (!broker::check_topic_name(name)) {
        told.error_code = ErrorCode::invalid_topic_exception;  // no message: partitions may be many
    } else if (const auto partition = find_partition(topic, index); partition) {
        told.active_producers = producers_of(**partition);
    } else {
        told.error_code = partition.error();
    }
    return told;
}

// All of Kafka's names, also of states that a transaction here never has: tools ask for them.
constexpr std::array<std::string_view, 8> state_names = {
    "Empty",          "Ongoing",       "PrepareCommit",     "PrepareAbort",
    "CompleteCommit", "CompleteAbort", "PrepareEpochFence", "Dead"};

template <class All, class One>
bool chosen(const All& filter, const One& value) {
    return filter.empty() || std::ranges::find(filter, value) != filter.end();
}

DescribeTransactionsResponse::Transaction described(const Door& door, const Call& call, std::string_view id) {
    DescribeTransactionsResponse::Transaction told{.transactional_id = std::string(id)};
    if (!may(door, call, Act::describe, on_transaction(id))) {
        told.error_code = ErrorCode::transactional_id_authorization_failed;
        return told;
    }
    if (id.empty()) {
        told.error_code = ErrorCode::invalid_request;
        return told;
    }
    const auto record = door.transactions->describe(told.transactional_id);
    if (!record) {
        told.error_code = ErrorCode::transactional_id_not_found;
        return told;
    }
    told.state = name(record->state);
    told.transaction_timeout_ms = record->timeout_ms;
    told.transaction_start_time_ms = record->start_ms;
    told.producer_id = record->producer.id;
    told.producer_epoch = record->producer.epoch;
    for (const auto& each : record->partitions) {  // by topic
        if (told.topics.empty() || told.topics.back().name != each.topic) told.topics.push_back({each.topic, {}});
        told.topics.back().partitions.push_back(each.partition);
    }
    std::erase_if(told.topics,
                  [&](const auto& each) { return !may_quietly(door, call, Act::describe, on_topic(each.name)); });
    return told;
}

}  // namespace

void handle(Door& door, DescribeProducersRequest request, const Call& call, Reply<DescribeProducersResponse> reply) {
    DescribeProducersResponse answer;
    std::set<std::pair<std::string_view, int32_t>> told_already;  // a partition may have many producers
    for (const auto& wanted : request.topics) {
        auto& told = answer.topics.emplace_back(DescribeProducersResponse::Topic{std::string(wanted.name), {}});
        const auto topic = find_topic_to(Act::read, door, call, wanted.name);
        for (const int32_t index : wanted.partitions) {
            const bool exists = find_partition(topic, index).has_value();
            if (!exists || told_already.emplace(wanted.name, index).second)
                told.partitions.push_back(described(topic, wanted.name, index));
        }
    }
    reply(answer);
}

void handle(Door& door, ListTransactionsRequest request, const Call& call, Reply<ListTransactionsResponse> reply) {
    ListTransactionsResponse answer;
    for (const std::string_view each : request.state_filters)
        if (std::ranges::find(state_names, each) == state_names.end()) answer.unknown_state_filters.emplace_back(each);
    const int64_t now_ms = door.clock.wall_ms();
    const auto runs_so_long = [&](int64_t start_ms) {  // an id without a transaction runs for no time
        return request.duration_filter < 0 || (start_ms >= 0 && now_ms - start_ms > request.duration_filter);
    };
    for (const auto& [id, record] : door.transactions->list())
        if (chosen(request.state_filters, name(record.state)) &&
            chosen(request.producer_id_filters, record.producer.id) && runs_so_long(record.start_ms) &&
            may_quietly(door, call, Act::describe, on_transaction(id)))
            answer.transactions.push_back({id, record.producer.id, std::string(name(record.state))});
    reply(answer);
}

void handle(Door& door, DescribeTransactionsRequest request, const Call& call,
            Reply<DescribeTransactionsResponse> reply) {
    DescribeTransactionsResponse answer;
    std::set<std::string_view> told_already;  // a transaction may have many partitions
    for (const std::string_view id : request.transactional_ids)
        if (told_already.insert(id).second) answer.transactions.push_back(described(door, call, id));
    reply(answer);
}

}  // namespace pinflow::kafka
