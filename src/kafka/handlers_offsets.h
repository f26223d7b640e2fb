// What OffsetCommit and TxnOffsetCommit have in common: a request's offsets for the broker, and their places in the
// answer. Partitions that do not exist are answered here and not handed on.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "kafka/broker_errors.h"
#include "kafka/handler.h"
#include "kafka/partition_lookup.h"

namespace pinflow::kafka {

// none, or why not.
ErrorCode check_partition(const FoundTopic& topic, int32_t partition);

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

// `find` gives the FoundTopic of a request's topic.
template <class Response>
CommitPlaces<Response> commit_places(const auto& topics, const auto& find,
                                     std::vector<broker::OffsetToCommit>& offsets) {
    CommitPlaces<Response> places;
    for (const auto& topic : topics) {
        auto& told = places.answer.topics.emplace_back();
        told.name = topic.name;
        if constexpr (requires { told.topic_id = topic.topic_id; }) told.topic_id = topic.topic_id;
        const FoundTopic known = find(topic);
        for (const auto& each : topic.partitions) {
            const auto exists = check_partition(known, each.index);
            told.partitions.push_back({each.index, exists});
            if (exists != ErrorCode::none) continue;
            places.handed_on.emplace_back(places.answer.topics.size() - 1, told.partitions.size() - 1);
            offsets.push_back({{(*known)->name, each.index},
                               each.committed_offset,
                               each.committed_leader_epoch,
                               std::string(each.metadata.value_or(""))});
        }
    }
    return places;
}

}  // namespace pinflow::kafka
