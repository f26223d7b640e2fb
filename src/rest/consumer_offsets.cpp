// Where a consumer reads on, and what its group remembers of that.
#include <algorithm>

#include "base/json_writer.h"
#include "rest/consumer.h"
#include "rest/consumer_refusals.h"

namespace pinflow::rest {
namespace {

using broker::GroupError;

Refusal commit_refused(GroupError error) {
    switch (error) {
        case GroupError::offset_metadata_too_large:
            return {400, 40002, "The metadata field of the offset request was too large."};
        case GroupError::rebalance_in_progress:
        case GroupError::illegal_generation:
        case GroupError::coordinator_not_available:
        case GroupError::coordinator_load_in_progress:
            return {500, 50003,
                    fmt::format("Kafka error: the offsets were not committed ({}): try again.", name(error))};
        default:
            return kafka_error(fmt::format(
                "the offsets were not committed ({}): this consumer is not part of its group any more, or the group "
                "has members and this one assigns its partitions itself.",
                name(error)));
    }
}

}  // namespace

std::shared_ptr<log::Partition> Consumer::partition(const broker::TopicPartition& name) const {
    const broker::TopicPtr topic = site_.topics.find(name.topic);
    if (!topic || static_cast<size_t>(name.partition) >= topic->partitions.size()) return nullptr;
    return topic->partitions[static_cast<size_t>(name.partition)];
}

// ---- where to begin

// Of partitions that are new here: the committed offset, else where auto.offset.reset says.
void Consumer::find_positions() {
    std::vector<broker::TopicPartition> unknown;
    for (const auto& [name, held] : held_)
        if (held.position < 0 && partition(name)) unknown.push_back(name);
    if (unknown.empty()) return;
    for (const broker::FetchedOffset& each : site_.groups->fetch(identity_.group, unknown, true)) {
        if (each.error != GroupError::none) continue;  // a transaction will decide: asked again
        const auto log = partition(each.partition);
        if (!log) continue;
        Held& held = held_[each.partition];
        held.topic = log->topic_id();
        held.position = held.committed = each.committed.offset;
        if (held.position >= 0) continue;
        reset(each.partition, *log, held, "Undefined offset with no reset policy for partition");
    }
}

void Consumer::reset(const broker::TopicPartition& name, const log::Partition& log, Held& held,
                     std::string_view trouble) {
    switch (config_.reset) {
        case OffsetReset::earliest:
            held.position = log.start_offset();
            return commit_soon();
        case OffsetReset::latest:
            held.position = log.stable_offset();
            return commit_soon();
        case OffsetReset::none:
            position_trouble_ = fmt::format("{}: {}-{}", trouble, name.topic, name.partition);
    }
}

// A position in a topic that was removed says nothing about the one that has its name now.
void Consumer::forget_removed() {
    for (auto& [name, held] : held_) {
        const auto log = held.position < 0 ? nullptr : partition(name);
        if (!log || log->topic_id() == held.topic) continue;
        held = Held();
        ++epoch_;
        forget_collected();
    }
}

// Records may have gone, or the topic may be another one by now.
void Consumer::check_positions() {
    position_trouble_.reset();
    cut_off_ = false;
    forget_removed();
    find_positions();
    for (auto& [name, held] : held_) {
        const auto log = held.position < 0 ? nullptr : partition(name);
        if (!log) continue;
        const auto collected = collected_to_.find(name);
        const int64_t next = collected == collected_to_.end() ? held.position : collected->second;
        if (next >= log->start_offset() && next <= log->stable_offset()) continue;
        if (next != held.position) {
            cut_off_ = true;
            continue;
        }
        reset(name, *log, held, fmt::format("Offset {} is out of range, with no reset policy, for partition", next));
        collected_to_.erase(name);
    }
}

// ---- moving

std::expected<std::shared_ptr<log::Partition>, Refusal> Consumer::held_partition(
    const broker::TopicPartition& name) const {
    if (revoked_ || !held_.contains(name)) return std::unexpected(not_assigned(name));
    auto log = partition(name);
    if (!log) return std::unexpected(partition_not_found());
    return log;
}

void Consumer::seek(Asker asker, const Places& places) {
    for (const OffsetPlace& each : places.offsets)
        if (const auto log = held_partition(each.partition); !log) return asker.refuse(log.error());
    if (!places.times.empty()) return move_to_times(std::move(asker), places);
    move_to(std::move(asker), places.offsets);
}

// The log looks times up on the disk. Behind the last record if none is that late.
void Consumer::move_to_times(Asker asker, Places places) {
    std::vector<std::pair<TimePlace, std::shared_ptr<log::Partition>>> asked;
    for (const TimePlace& each : places.times) {
        auto log = held_partition(each.partition);
        if (!log) return asker.refuse(log.error());
        asked.emplace_back(each, std::move(*log));
    }
    site_.workers.run([self = shared_from_this(), asker = std::move(asker), asked = std::move(asked),
                       found = std::move(places.offsets)]() mutable {
        for (const auto& [place, log] : asked) {
            const auto offset = log->offset_at_time(place.time_ms);
            if (!offset) return asker.refuse(kafka_error(offset.error().message));
            found.push_back({place.partition, *offset, ""});
        }
        Consumer& there = *self;
        there.post(std::move(asker), [found = std::move(found)](Consumer& consumer, Asker then) {
            consumer.move_to(std::move(then), found);
        });
    });
}

void Consumer::move_to(Asker asker, const std::vector<OffsetPlace>& places) {
    for (const OffsetPlace& each : places)
        if (const auto held = held_.find(each.partition); held != held_.end()) {
            if (const auto log = partition(each.partition)) held->second.topic = log->topic_id();
            held->second.position = each.offset;
        }
    commit_soon();
    ++epoch_;
    cancel_wakes();
    forget_collected();
    asker.no_content();
    serve();
}

void Consumer::seek_to(Asker asker, const std::vector<broker::TopicPartition>& partitions, End end) {
    std::vector<broker::TopicPartition> all = partitions;
    if (all.empty() && !revoked_)  // as the Java consumer takes it
        for (const auto& [name, held] : held_) all.push_back(name);
    std::vector<OffsetPlace> places;
    for (const broker::TopicPartition& each : all) {
        const auto log = held_partition(each);
        if (!log) return asker.refuse(log.error());
        places.push_back({each, end == End::beginning ? (*log)->start_offset() : (*log)->stable_offset(), ""});
    }
    move_to(std::move(asker), places);
}

// ---- committing

void Consumer::commit_by_itself(Committed done) {
    if (!config_.auto_commit) return done(std::nullopt);
    commit_positions(std::move(done));
}

void Consumer::commit_soon() {
    if (!config_.auto_commit || commit_due_ms_ != broker::never_ms) return;
    commit_due_ms_ = now_ms() + options_.auto_commit_ms;
    arm(commit_due_ms_);
}

// What is committed may have been set back by others: who asks for a commit gets one of all.
void Consumer::commit_positions(Committed done, bool unchanged_too) {
    commit_due_ms_ = broker::never_ms;
    std::vector<broker::OffsetToCommit> offsets;
    for (const auto& [name, held] : held_) {
        const auto log = held.position < 0 ? nullptr : partition(name);
        if (!log || log->topic_id() != held.topic) continue;
        if (unchanged_too || held.position != held.committed) offsets.push_back({name, held.position, -1, ""});
    }
    send_commit(std::move(offsets), std::move(done));
}

void Consumer::send_commit(std::vector<broker::OffsetToCommit> offsets, Committed done) {
    if (offsets.empty()) return done(std::nullopt);
    broker::CommitRequest request;
    if (is_subscribed()) request.member = member_.ref_of_assignment();
    request.offsets = offsets;
    site_.groups->commit(
        identity_.group, std::move(request),
        [self = shared_from_this(), loop = loop_, offsets = std::move(offsets),
         done = std::move(done)](broker::CommitAnswer errors) mutable {
            loop.post([self = std::move(self), offsets = std::move(offsets), done = std::move(done),
                       errors = std::move(errors)]() mutable { done(self->committed(offsets, errors)); });
        });
}

std::optional<Refusal> Consumer::committed(const std::vector<broker::OffsetToCommit>& offsets,
                                           const broker::CommitAnswer& errors) {
    std::optional<Refusal> refused;
    for (size_t i = 0; i < offsets.size() && i < errors.size(); ++i) {
        if (errors[i] != GroupError::none) {
            refused = commit_refused(errors[i]);
        } else if (const auto held = held_.find(offsets[i].partition); held != held_.end()) {
            held->second.committed = offsets[i].offset;
        }
    }
    if (refused && !closed_) commit_soon();
    return refused;
}

void Consumer::commit_read(Asker asker, bool wait) {
    if (!wait) {
        commit_positions([](const std::optional<Refusal>&) {}, true);
        return asker.reply(answer("[]"));
    }
    auto tell = [asker = std::move(asker)](const std::optional<Refusal>& refused) mutable {
        refused ? asker.refuse(*refused) : asker.reply(answer("[]"));
    };
    commit_positions(std::move(tell), true);
}

// Those offsets were read: the group is told the ones behind them.
void Consumer::commit(Asker asker, std::vector<OffsetPlace> offsets) {
    std::vector<broker::OffsetToCommit> behind;
    for (OffsetPlace& each : offsets) {
        if (!site_.topics.find(each.partition.topic)) return asker.refuse(topic_not_found());
        if (!partition(each.partition)) return asker.refuse(partition_not_found());
        behind.push_back({std::move(each.partition), each.offset + 1, -1, std::move(each.metadata)});
    }
    send_commit(std::move(behind), [asker = std::move(asker)](const std::optional<Refusal>& refused) mutable {
        refused ? asker.refuse(*refused) : asker.reply(answer("[]"));
    });
}

void Consumer::tell_committed(Asker asker, const std::vector<broker::TopicPartition>& partitions) {
    JsonWriter json;
    json.begin_object().key("offsets").begin_array();
    for (const broker::FetchedOffset& each : site_.groups->fetch(identity_.group, partitions, false)) {
        if (each.committed.offset < 0) continue;
        json.begin_object().key("topic").string(each.partition.topic);
        json.key("partition").number(each.partition.partition).key("offset").number(each.committed.offset);
        json.key("metadata").string(each.committed.metadata).end_object();
    }
    json.end_array().end_object();
    asker.reply(answer(std::move(json).text()));
}

}  // namespace pinflow::rest
