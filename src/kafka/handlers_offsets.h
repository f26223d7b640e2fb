// What OffsetCommit and TxnOffsetCommit have in common: a request's offsets for the broker, and their places in the
// answer. Partitions that do not exist are answered here and not handed on.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kafka/broker_errors.h"
#include "kafka/handler.h"

namespace pinflow::kafka {

bool partition_exists(const broker::Topic* topic, int32_t partition);

template <class Response>
struct CommitPlaces {
    Response answer;
    std::vector<std::pair<size_t, size_t>> handed_on;  // topic and partition in the answer, in the broker's order

    Response filled(const broker::CommitAnswer& errors) {
        for (size_t i = 0; i < handed_on.size() && i < errors.size(); ++i)
            answer.topics[handed_on[i].first].partitions[handed_on[i].second].error_code = code_of(errors[i]);
        return std::move(answer);
    }
    Response failed(ErrorCode error) {  // none was committed
        for (auto& topic : answer.topics)
            for (auto& partition : topic.partitions) partition.error_code = error;
        return std::move(answer);
    }
};

template <class Response>
CommitPlaces<Response> commit_places(const Door& door, const auto& topics,
                                     std::vector<broker::OffsetToCommit>& offsets) {
    CommitPlaces<Response> places;
    for (const auto& topic : topics) {
        auto& told = places.answer.topics.emplace_back();
        told.name = topic.name;
        const auto known = door.topics.find(topic.name);
        for (const auto& each : topic.partitions) {
            const bool exists = partition_exists(known.get(), each.index);
            told.partitions.push_back({each.index, exists ? ErrorCode::none : ErrorCode::unknown_topic_or_partition});
            if (!exists) continue;
            places.handed_on.emplace_back(places.answer.topics.size() - 1, told.partitions.size() - 1);
            offsets.push_back({{std::string(topic.name), each.index},
                               each.committed_offset,
                               each.committed_leader_epoch,
                               std::string(each.metadata.value_or(""))});
        }
    }
    return places;
}

}  // namespace pinflow::kafka
