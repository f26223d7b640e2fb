#include "connect/positions.h"

#include <future>

#include "connect/config_def.h"

namespace pinflow::connect {
namespace {

using broker::GroupError;

constexpr int64_t ten_years_ms = int64_t{3653} * 86'400'000;

broker::TopicPartition of_broker(const TopicPartition& name) {
    return {name.topic, name.partition};
}

Offsets offsets_of(const std::vector<broker::FetchedOffset>& fetched) {
    Offsets offsets;
    for (const auto& each : fetched)
        if (each.error == GroupError::none && each.committed.offset >= 0)
            offsets[{each.partition.topic, each.partition.partition}] = each.committed.offset;
    return offsets;
}

// The coordinator answers once, also when it stops.
template <class Answer>
Answer wait_for(const auto& ask) {
    const auto answered = std::make_shared<std::promise<Answer>>();
    auto answer = answered->get_future();
    ask([answered](Answer given) { answered->set_value(std::move(given)); });
    return answer.get();
}

Error refused(const std::string& group, GroupError error) {
    const bool taken = error == GroupError::unknown_member_id || error == GroupError::group_subscribed_to_topic;
    return {taken ? Code::conflict : Code::unavailable,
            fmt::format("the offsets of the consumer group {} were not changed: {}{}", group, name(error),
                        taken ? "; it has members, and only they may: name another group with "
                                "consumer.override.group.id, or end them"
                              : "")};
}

}  // namespace

std::string group_of(const Properties& config, std::string_view name) {
    const std::string group = text_of(config, "consumer.override.group.id");
    return group.empty() ? fmt::format("connect-{}", name) : group;
}

Offsets Positions::all() const {
    return offsets_of(groups_->fetch(group_, std::nullopt, false));
}

Offsets Positions::of(std::span<const TopicPartition> partitions) const {
    std::vector<broker::TopicPartition> wanted;
    for (const TopicPartition& each : partitions) wanted.push_back(of_broker(each));
    return offsets_of(groups_->fetch(group_, wanted, false));
}

Result<> Positions::commit(const Offsets& offsets, Stay stay) {
    broker::CommitRequest request{.member = {.generation = -1}, .offsets = {}};
    if (stay == Stay::as_long_as_the_connector) request.retention_ms = ten_years_ms;
    for (const auto& [partition, offset] : offsets)
        request.offsets.push_back({.partition = of_broker(partition), .offset = offset, .metadata = ""});
    const auto errors = wait_for<broker::CommitAnswer>(
        [&](auto answer) { groups_->commit(group_, std::move(request), std::move(answer)); });
    for (const GroupError error : errors)
        if (error != GroupError::none) return fail(refused(group_, error));
    return {};
}

Result<> Positions::remove(std::span<const TopicPartition> partitions) {
    std::vector<broker::TopicPartition> names;
    for (const TopicPartition& each : partitions) names.push_back(of_broker(each));
    const auto answer = wait_for<broker::DeleteOffsetsAnswer>(
        [&](auto to) { groups_->delete_offsets(group_, std::move(names), std::move(to)); });
    // A group that nobody knows has no offsets, which is what was wanted.
    if (answer.error != GroupError::none && answer.error != GroupError::group_id_not_found)
        return fail(refused(group_, answer.error));
    for (const GroupError error : answer.partitions)
        if (error != GroupError::none) return fail(refused(group_, error));
    return {};
}

}  // namespace pinflow::connect
