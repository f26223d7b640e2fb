// PutRecord and PutRecords.
#include "kinesis/answer.h"
#include "kinesis/hash_key.h"
#include "kinesis/kinesis.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t max_entries = 500;

void write_place(Answer& answer, const ShardTree& tree, const broker::Produced::Outcome& outcome) {
    const Shard& shard = tree[static_cast<size_t>(outcome.partition)];
    answer.begin_object().key("SequenceNumber");
    answer.text(sequence_number(shard.created_ms, shard.number, outcome.offset, outcome.append_time_ms));
    answer.key("ShardId").text(id_of(shard)).end_object();
}

std::string record_body(Format format, const ShardTree& tree, const broker::Produced& produced) {
    Answer answer(format);
    write_place(answer, tree, produced[0]);
    return std::move(answer).take();
}

std::string records_body(Format format, const ShardTree& tree, const broker::Produced& produced) {
    int64_t failed = 0;
    for (size_t i = 0; i < produced.size(); ++i) failed += produced[i].error == nullptr ? 0 : 1;
    Answer answer(format);
    answer.begin_object().key("FailedRecordCount").integer(failed).key("Records").begin_list();
    for (size_t i = 0; i < produced.size(); ++i) {
        const auto outcome = produced[i];
        if (outcome.error == nullptr) {
            write_place(answer, tree, outcome);
            continue;
        }
        answer.begin_object().key("ErrorCode").text("InternalFailure");
        answer.key("ErrorMessage").text(outcome.error->message).end_object();
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

using Body = std::string (*)(Format, const ShardTree&, const broker::Produced&);

}  // namespace

// Entries on their way to the open shards of a stream. A shard may be closed between the choice and the append: what
// comes too late goes to the shards that are open then, behind what the closed one has.
class Kinesis::Putting {
  public:
    Putting(Kinesis& kinesis, std::span<const PutEntry> entries) : kinesis_(kinesis), entries_(entries) {}

    void run(std::string_view stream, Done done, Format format, Body body) {
        const auto topic = kinesis_.stream_to_put(stream);
        if (!topic) return done(std::unexpected(topic.error()));
        if (auto chosen = choose(*topic); !chosen) return done(std::unexpected(std::move(chosen).error()));
        broker::produce(
            **topic, records_, kinesis_.clock().wall_ms(),
            [done = std::move(done), format, body, tree = tree_](const broker::Produced& produced) mutable {
                if (all_failed(produced)) return done(std::unexpected(error_of(*produced.first_error())));
                done(body(format, **tree, produced));
            },
            [&](std::span<broker::Late> late) { return choose_again((*topic)->id, late); });
    }

  private:
    ActionResult<void> choose(const broker::TopicPtr& topic) {
        PINFLOW_ASSIGN(*tree_, kinesis_.shards().of(topic));
        records_.reserve(entries_.size());
        for (const PutEntry& entry : entries_) {
            // With one shard the hash does not matter, but a wrong one is refused all the same.
            const bool only_one = (*tree_)->size() == 1 && !entry.explicit_hash_key;
            PINFLOW_ASSIGN(const HashKey key, only_one ? HashKey{0} : hash_of(entry));
            records_.push_back({as_bytes(entry.partition_key), as_bytes(*entry.data), shard_of(key)});
        }
        return {};
    }

    broker::TopicPtr choose_again(const Uuid& stream, std::span<broker::Late> late) {
        broker::TopicPtr topic = kinesis_.topics().find(stream);
        if (!topic) return nullptr;
        auto tree = kinesis_.shards().of(topic);
        if (!tree) return nullptr;
        *tree_ = std::move(*tree);
        for (broker::Late& each : late) each.partition = shard_of(*hash_of(entries_[each.record]));
        return topic;
    }

    int32_t shard_of(HashKey key) const { return static_cast<int32_t>((*tree_)->shard_of(key).number); }

    Kinesis& kinesis_;
    std::span<const PutEntry> entries_;
    std::vector<broker::OutgoingRecord> records_;
    std::shared_ptr<ShardTreePtr> tree_ = std::make_shared<ShardTreePtr>();  // that the records were told last
};

void Kinesis::put_record(std::string_view stream_name, const PutEntry& entry, Done done, Format format) {
    Validation validation;
    validation.partition_key(entry.partition_key);
    if (entry.explicit_hash_key) validation.explicit_hash_key(*entry.explicit_hash_key);
    validation.not_null(entry.data.has_value(), "data");
    if (entry.data) validation.data_size(entry.data->size());
    validation.stream_name(stream_name);
    if (auto valid = validation.result(); !valid) return done(std::unexpected(std::move(valid).error()));
    Putting(*this, {&entry, 1}).run(stream_name, std::move(done), format, record_body);
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
    Putting(*this, entries).run(stream_name, std::move(done), format, records_body);
}

}  // namespace pinflow::kinesis
