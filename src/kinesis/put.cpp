// PutRecord and PutRecords.
#include "kinesis/answer.h"
#include "kinesis/hash_key.h"
#include "kinesis/kinesis.h"
#include "kinesis/labels.h"
#include "kinesis/limits.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t max_entries = 500;

// A record that its shard does not take, by the limits.
struct Refused {
    size_t entry = 0;
    ActionError error;
};

// What became of the entries: the others are the produced records, in their order.
struct Outcomes {
    const ShardTree& tree;
    const broker::Produced& produced;
    std::span<const Refused> refused;
};

void write_place(Answer& answer, const ShardTree& tree, const broker::Produced::Outcome& outcome) {
    const Shard& shard = tree[static_cast<size_t>(outcome.partition)];
    answer.begin_object().key("SequenceNumber");
    answer.text(sequence_number(shard.created_ms, shard.number, outcome.offset, outcome.append_time_ms));
    answer.key("ShardId").text(id_of(shard)).end_object();
}

void write_failure(Answer& answer, std::string_view code, std::string_view message) {
    answer.begin_object().key("ErrorCode").text(code).key("ErrorMessage").text(message).end_object();
}

ActionResult<std::string> record_body(Format format, const Outcomes& outcomes) {
    if (!outcomes.refused.empty()) return std::unexpected(outcomes.refused.front().error);
    Answer answer(format);
    write_place(answer, outcomes.tree, outcomes.produced[0]);
    return std::move(answer).take();
}

ActionResult<std::string> records_body(Format format, const Outcomes& outcomes) {
    const auto& [tree, produced, refused] = outcomes;
    auto failed = static_cast<int64_t>(refused.size());
    for (size_t i = 0; i < produced.size(); ++i) failed += produced[i].error == nullptr ? 0 : 1;
    Answer answer(format);
    answer.begin_object().key("FailedRecordCount").integer(failed).key("Records").begin_list();
    auto next = refused.begin();
    for (size_t i = 0; i < produced.size() + refused.size(); ++i) {
        if (next != refused.end() && next->entry == i) {
            write_failure(answer, next->error.type, next->error.message);
            ++next;
            continue;
        }
        const auto outcome = produced[i - static_cast<size_t>(next - refused.begin())];
        if (outcome.error == nullptr)
            write_place(answer, tree, outcome);
        else
            write_failure(answer, "InternalFailure", outcome.error->message);
    }
    answer.end_list().end_object();
    return std::move(answer).take();
}

bool all_failed(const broker::Produced& produced) {
    for (size_t i = 0; i < produced.size(); ++i)
        if (produced[i].error == nullptr) return false;
    return produced.size() != 0;
}

ActionResult<HashKey> hash_of(const PutEntry& entry) {
    if (!entry.explicit_hash_key) return hash_key_of(entry.partition_key);
    if (const auto key = parse_hash_key(*entry.explicit_hash_key)) return *key;
    return std::unexpected(ActionError{
        "InvalidArgumentException",
        fmt::format(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
            *entry.explicit_hash_key)});
}

using Body = ActionResult<std::string> (*)(Format, const Outcomes&);

}  // namespace

// Entries on their way to the open shards of a stream. A shard may be closed between the choice and the append: what
// comes too late goes to the shards that are open then, behind what the closed one has.
class Kinesis::Putting {
  public:
    Putting(Kinesis& kinesis, std::span<const PutEntry> entries) : kinesis_(kinesis), entries_(entries) {}

    void run(std::string_view stream, Done done, Format format, std::string_view action, Body body) {
        const auto topic = kinesis_.stream_to_put(stream);
        if (!topic) return done(std::unexpected(topic.error()));
        if (auto chosen = choose(*topic); !chosen) return done(std::unexpected(std::move(chosen).error()));
        if (kinesis_.limits() != nullptr) keep_within(*kinesis_.limits(), **topic, action);
        auto tell = [done = std::move(done), format, body, told = told_](const broker::Produced& produced) mutable {
            if (all_failed(produced)) return done(std::unexpected(error_of(*produced.first_error())));
            done(body(format, {*told->tree, produced, told->refused}));
        };
        if (records_.empty()) return tell({});
        broker::produce(**topic, records_, kinesis_.clock().wall_ms(), std::move(tell),
                        [&](std::span<broker::Late> late) { return choose_again((*topic)->id, late); });
    }

  private:
    ActionResult<void> choose(const broker::TopicPtr& topic) {
        PINFLOW_ASSIGN(told_->tree, kinesis_.shards().of(topic));
        records_.reserve(entries_.size());
        for (const PutEntry& entry : entries_) {
            // With one shard the hash does not matter, but a wrong one is refused all the same.
            const bool only_one = told_->tree->size() == 1 && !entry.explicit_hash_key;
            PINFLOW_ASSIGN(const HashKey key, only_one ? HashKey{0} : hash_of(entry));
            records_.push_back({as_bytes(entry.partition_key), as_bytes(*entry.data), shard_of(key)});
        }
        return {};
    }

    // Of the records those that their shards take.
    void keep_within(Limits& limits, const broker::Topic& topic, std::string_view action) {
        for (size_t i = 0; i < records_.size(); ++i) {
            const broker::OutgoingRecord record = records_[i];
            const size_t bytes = record.key->size() + record.value->size();
            auto let_in = limits.put(action, topic, static_cast<uint32_t>(record.partition), bytes);
            if (!let_in) {
                told_->refused.push_back({i, std::move(let_in).error()});
                continue;
            }
            records_[kept_.size()] = record;
            kept_.push_back(i);
        }
        records_.resize(kept_.size());
    }

    broker::TopicPtr choose_again(const Uuid& stream, std::span<broker::Late> late) {
        broker::TopicPtr topic = kinesis_.topics().find(stream);
        if (!topic) return nullptr;
        auto tree = kinesis_.shards().of(topic);
        if (!tree) return nullptr;
        told_->tree = std::move(*tree);
        for (broker::Late& each : late) each.partition = shard_of(*hash_of(entries_[entry_of(each.record)]));
        return topic;
    }

    int32_t shard_of(HashKey key) const { return static_cast<int32_t>(told_->tree->shard_of(key).number); }
    size_t entry_of(uint32_t record) const { return kept_.empty() ? record : kept_[record]; }

    Kinesis& kinesis_;
    std::span<const PutEntry> entries_;
    std::vector<broker::OutgoingRecord> records_;
    std::vector<size_t> kept_;  // entries that the records are of; empty: all
    struct Told {
        ShardTreePtr tree;  // that the records were told last
        std::vector<Refused> refused;
    };
    std::shared_ptr<Told> told_ = std::make_shared<Told>();
};

void Kinesis::put_record(std::string_view stream_name, const PutEntry& entry, Done done, Format format) {
    Validation validation;
    validation.partition_key(entry.partition_key);
    if (entry.explicit_hash_key) validation.explicit_hash_key(*entry.explicit_hash_key);
    validation.not_null(entry.data.has_value(), "data");
    if (entry.data) validation.data_size(entry.data->size());
    validation.stream_name(stream_name);
    if (auto valid = validation.result(); !valid) return done(std::unexpected(std::move(valid).error()));
    Putting(*this, {&entry, 1}).run(stream_name, std::move(done), format, "PutRecord", record_body);
}

void Kinesis::put_records(std::string_view stream_name, std::span<const PutEntry> entries, Done done, Format format) {
    Validation validation;
    if (entries.empty()) validation.add("'[]'", "records", "Member must have length greater than or equal to 1");
    if (entries.size() > max_entries)
        validation.add(fmt::format("'[{} entries]'", entries.size()), "records",
                       fmt::format("Member must have length less than or equal to {}", max_entries));
    for (size_t i = 0; i < entries.size() && i < max_entries; ++i) {
        const PutEntry& entry = entries[i];
        const auto where = [&](std::string_view member) { return fmt::format("records.{}.member.{}", i + 1, member); };
        if (entry.partition_key.empty() || entry.partition_key.size() > 256)
            validation.partition_key(entry.partition_key, where("partitionKey"));
        if (entry.explicit_hash_key) validation.explicit_hash_key(*entry.explicit_hash_key, where("explicitHashKey"));
        if (!entry.data) validation.not_null(false, where("data"));
        if (entry.data && entry.data->size() > 1'000'000) validation.data_size(entry.data->size(), where("data"));
    }
    validation.stream_name(stream_name);
    if (auto valid = validation.result(); !valid) return done(std::unexpected(std::move(valid).error()));
    Putting(*this, entries).run(stream_name, std::move(done), format, "PutRecords", records_body);
}

}  // namespace pinflow::kinesis
