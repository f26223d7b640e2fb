#include "broker/assignors.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace pinflow::broker {
namespace {

constexpr int most_rounds = 16;  // of balancing; Kafka's number

// One uniform assignment as it is made. Members are numbered.
struct Uniform {
    Uniform(const std::vector<AssignedMember>& from, const PartitionCounts& counts)
        : members(from), given(from.size()) {
        for (const auto& [topic, count] : counts)
            for (int32_t i = 0; i < count; ++i) open.insert({topic, i});
    }

    bool wants(size_t member, const TopicIdPartition& partition) const {
        return members[member].topics.contains(partition.topic);
    }
    void give(size_t member, TopicIdPartition partition) {  // it may be the one in `open`
        open.erase(partition);
        given[member].insert(partition);
    }
    // What the member had before and may keep, at most so much.
    void keep(size_t member, size_t most) {
        for (const TopicIdPartition& each : members[member].before) {
            if (given[member].size() >= most) return;
            if (open.contains(each) && wants(member, each)) give(member, each);
        }
    }
    size_t could_keep(size_t member) const {
        return static_cast<size_t>(std::ranges::count_if(members[member].before, [&](const TopicIdPartition& each) {
            return open.contains(each) && wants(member, each);
        }));
    }
    Assignment take() {
        Assignment result;
        for (size_t i = 0; i < members.size(); ++i) result.emplace(members[i].id, std::move(given[i]));
        return result;
    }

    const std::vector<AssignedMember>& members;
    Partitions open;  // nobody's yet
    std::vector<Partitions> given;
};

// All subscribe to the same: everybody's share is known from the start.
void share_evenly(Uniform& work) {
    const size_t share = work.open.size() / work.members.size();
    size_t with_one_more = work.open.size() % work.members.size();
    for (size_t i = 0; i < work.members.size(); ++i) {
        const bool more = with_one_more > 0 && work.could_keep(i) > share;
        work.keep(i, share + (more ? 1 : 0));
        if (more) --with_one_more;
    }
    for (size_t i = 0; i < work.members.size(); ++i)
        while (work.given[i].size() < share) work.give(i, *work.open.begin());
    for (size_t i = 0; i < work.members.size() && with_one_more > 0; ++i) {
        if (work.given[i].size() != share || work.open.empty()) continue;
        work.give(i, *work.open.begin());
        --with_one_more;
    }
}

using Subscribers = std::map<Uuid, std::vector<size_t>>;

size_t least_loaded(const Uniform& work, const std::vector<size_t>& subscribers) {
    return *std::ranges::min_element(subscribers, {}, [&](size_t each) { return work.given[each].size(); });
}

// Moves partitions from members with more to subscribers with two less; false if nothing moved.
bool balance_once(Uniform& work, const Subscribers& subscribers) {
    bool moved = false;
    for (size_t from = 0; from < work.given.size(); ++from) {
        const Partitions held = work.given[from];
        for (const TopicIdPartition& each : held) {
            const size_t to = least_loaded(work, subscribers.at(each.topic));
            if (work.given[to].size() + 1 >= work.given[from].size()) continue;
            work.given[from].erase(each);
            work.given[to].insert(each);
            moved = true;
        }
    }
    return moved;
}

// Subscriptions differ: what nobody has goes to the subscriber with least, scarce topics first; then it is evened out.
void share_by_subscription(Uniform& work) {
    Subscribers subscribers;
    for (size_t i = 0; i < work.members.size(); ++i) {
        work.keep(i, SIZE_MAX);
        for (const Uuid& topic : work.members[i].topics) subscribers[topic].push_back(i);
    }
    std::vector<TopicIdPartition> open;
    for (const TopicIdPartition& each : work.open)
        if (subscribers.contains(each.topic)) open.push_back(each);
    std::ranges::sort(open, {}, [&](const auto& each) { return std::pair(subscribers.at(each.topic).size(), each); });
    for (const TopicIdPartition& each : open) work.give(least_loaded(work, subscribers.at(each.topic)), each);
    for (int round = 0; round < most_rounds && balance_once(work, subscribers); ++round) {
    }
}

}  // namespace

Assignment assign_uniform(const std::vector<AssignedMember>& members, const PartitionCounts& topics) {
    Uniform work(members, topics);
    const bool alike =
        std::ranges::all_of(members, [&](const AssignedMember& each) { return each.topics.size() == topics.size(); });
    if (members.empty()) return {};
    alike ? share_evenly(work) : share_by_subscription(work);
    return work.take();
}

Assignment assign_range(const std::vector<AssignedMember>& members, const PartitionCounts& topics) {
    std::vector<const AssignedMember*> ordered;
    Assignment result;
    for (const AssignedMember& each : members) {
        ordered.push_back(&each);
        result.emplace(each.id, Partitions());
    }
    std::ranges::sort(ordered, {}, [](const AssignedMember* each) {
        return std::tuple(!each->instance_id, each->instance_id ? *each->instance_id : each->id);
    });
    for (const auto& [topic, count] : topics) {
        std::vector<Partitions*> takers;
        for (const AssignedMember* each : ordered)
            if (each->topics.contains(topic)) takers.push_back(&result.find(each->id)->second);
        int32_t next = 0;
        for (size_t i = 0; i < takers.size(); ++i) {
            const auto all = static_cast<int32_t>(takers.size());
            const int32_t size = count / all + (static_cast<int32_t>(i) < count % all ? 1 : 0);
            for (const int32_t end = next + size; next < end; ++next) takers[i]->insert({topic, next});
        }
    }
    return result;
}

bool is_assignor(std::string_view name) {
    return name == uniform_assignor || name == range_assignor;
}

Assignment assign(std::string_view assignor, const std::vector<AssignedMember>& members,
                  const PartitionCounts& topics) {
    return assignor == range_assignor ? assign_range(members, topics) : assign_uniform(members, topics);
}

}  // namespace pinflow::broker
