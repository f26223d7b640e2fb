// PutRecord and PutRecords.
#include <array>

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

// The records of one request among those that were produced together, and those that were not produced.
struct Outcomes {
    const broker::Produced& produced;
    size_t first, count;
    std::span<const Refused> refused;
    bool encrypted;  // as far as clients are told
    broker::Produced::Outcome operator[](size_t record) const { return produced[first + record]; }
};

// A record's number is mostly that of the one before in its shard and a little, also over the requests of a turn.
SequenceNumbers& numbers_of(const Shard& shard) {
    static thread_local std::array<SequenceNumbers, 8> all;
    return all[shard.number % all.size()];
}

void write_encryption(Answer& answer, const Outcomes& outcomes) {
    if (outcomes.encrypted) answer.key("EncryptionType").plain("KMS");
}

// Without the braces around it.
void write_place(Answer& answer, const ShardTree& tree, const broker::Produced::Outcome& outcome) {
    const Shard& shard = tree[static_cast<size_t>(outcome.partition)];
    answer.key("SequenceNumber");
    answer.plain(numbers_of(shard).of(shard.created_ms, shard.number, outcome.offset, outcome.append_time_ms));
    answer.key("ShardId").plain(ShardId(shard.number).text());
}

void write_failure(Answer& answer, std::string_view code, std::string_view message) {
    answer.begin_object().key("ErrorCode").text(code).key("ErrorMessage").text(message).end_object();
}

void write_record(Answer& answer, const ShardTree& tree, const Outcomes& outcomes) {
    write_encryption(answer.begin_object(), outcomes);
    write_place(answer, tree, outcomes[0]);
    answer.end_object();
}

void write_records(Answer& answer, const ShardTree& tree, const Outcomes& outcomes) {
    const size_t entries = outcomes.count + outcomes.refused.size();
    auto failed = static_cast<int64_t>(outcomes.refused.size());
    for (size_t i = 0; i < outcomes.count; ++i) failed += outcomes[i].error == nullptr ? 0 : 1;
    answer.reserve(60 + entries * 120);
    write_encryption(answer.begin_object(), outcomes);
    answer.key("FailedRecordCount").integer(failed).key("Records").begin_list();
    auto refused = outcomes.refused.begin();
    for (size_t entry = 0, record = 0; entry < entries; ++entry) {
        if (refused != outcomes.refused.end() && refused->entry == entry) {
            write_failure(answer, refused->error.type, refused->error.message);
            ++refused;
            continue;
        }
        const auto outcome = outcomes[record++];
        if (outcome.error != nullptr) {
            write_failure(answer, "InternalFailure", outcome.error->message);
            continue;
        }
        write_place(answer.begin_object(), tree, outcome);
        answer.end_object();
    }
    answer.end_list().end_object();
}

// The first error if not one record was stored.
const Error* failure_of_all(const Outcomes& outcomes) {
    for (size_t i = 0; i < outcomes.count; ++i)
        if (outcomes[i].error == nullptr) return nullptr;
    return outcomes.count == 0 ? nullptr : outcomes[0].error;
}

// A request that waits until its records are in the log. On whatever thread brings the news.
struct Waiting {
    Done done;
    Call call;
    void (*write)(Answer&, const ShardTree&, const Outcomes&);
    ShardTreePtr tree;  // that its records' shards were chosen from
    size_t count = 0;   // of records
    bool encrypted = false;
    std::vector<Refused> refused = {};

    void operator()(const broker::Produced& produced, size_t first) {
        const Outcomes outcomes{produced, first, count, refused, encrypted};
        if (const Error* const error = failure_of_all(outcomes)) return done(std::unexpected(error_of(*error)));
        if (const broker::TopicPtr& topic = produced.chosen_again())  // read before, when they were chosen again
            tree = std::make_shared<const ShardTree>(*shards_of(*topic));
        Answer answer(call.format, call.exchange == nullptr ? std::string() : call.exchange->spare_memory());
        write(answer, *tree, outcomes);
        done(std::move(answer).take());
    }
};

ActionResult<HashKey> hash_of(std::string_view partition_key, std::optional<std::string_view> explicit_key) {
    if (!explicit_key) return hash_key_of(partition_key);
    if (const auto key = parse_hash_key(*explicit_key)) return *key;
    return std::unexpected(ActionError{
        "InvalidArgumentException",
        fmt::format(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
            *explicit_key)});
}

int32_t shard_of(const ShardTree& tree, HashKey key) {
    return static_cast<int32_t>(tree.shard_of(key).number);
}

// In this thread's memory, until the next call.
ActionResult<std::span<broker::OutgoingRecord>> choose(const ShardTree& tree, std::span<const PutEntry> entries) {
    static thread_local std::vector<broker::OutgoingRecord> records;
    records.clear();
    for (const PutEntry& entry : entries) {
        // With one shard the hash does not matter, but a wrong one is refused all the same.
        const bool only_one = tree.size() == 1 && !entry.explicit_hash_key;
        PINFLOW_ASSIGN(const HashKey key,
                       only_one ? HashKey{0} : hash_of(entry.partition_key, entry.explicit_hash_key));
        records.push_back({.key = as_bytes(entry.partition_key),
                           .value = as_bytes(*entry.data),
                           .partition = shard_of(tree, key),
                           .chosen_by = entry.explicit_hash_key.transform(as_bytes)});
    }
    return records;
}

// Those that their shards take, at the front of `records`.
std::span<broker::OutgoingRecord> keep_within(Limits& limits, const broker::Topic& topic, std::string_view action,
                                              std::span<broker::OutgoingRecord> records,
                                              std::vector<Refused>& refused) {
    size_t kept = 0;
    for (size_t i = 0; i < records.size(); ++i) {
        const broker::OutgoingRecord record = records[i];
        const size_t bytes = record.key->size() + record.value->size();
        auto let_in = limits.put(action, topic, static_cast<uint32_t>(record.partition), bytes);
        if (let_in)
            records[kept++] = record;
        else
            refused.push_back({i, std::move(let_in).error()});
    }
    return records.first(kept);
}

}  // namespace

// A shard may be closed between the choice and the append: what comes too late goes to the shards that are open then,
// behind what the closed one has.
broker::TopicPtr Kinesis::choose_again(const Uuid& stream, std::span<const broker::OutgoingRecord> records,
                                       std::span<broker::Late> late) const {
    broker::TopicPtr topic = topics_.find(stream);
    if (!topic) return nullptr;
    const auto tree = shards_.of(topic);
    if (!tree) return nullptr;
    for (broker::Late& each : late) {
        const broker::OutgoingRecord& record = records[each.record];
        each.partition = shard_of(**tree, *hash_of(as_text(*record.key), record.chosen_by.transform(as_text)));
    }
    return topic;
}

void Kinesis::put(std::string_view stream, std::span<const PutEntry> entries, bool many, Done done, Call call) {
    const auto topic = stream_to_put(stream);
    if (!topic) return done(std::unexpected(topic.error()));
    auto tree = shards_.of(*topic);
    if (!tree) return done(std::unexpected(std::move(tree).error()));
    auto records = choose(**tree, entries);
    if (!records) return done(std::unexpected(records.error()));
    Waiting waiting{.done = std::move(done),
                    .call = call,
                    .write = many ? write_records : write_record,
                    .tree = *std::move(tree),
                    .encrypted = !label(**topic, key_label).empty()};
    if (limits_ != nullptr)
        *records = keep_within(*limits_, **topic, many ? "PutRecords" : "PutRecord", *records, waiting.refused);
    waiting.count = records->size();
    if (records->empty() && !many) return waiting.done(std::unexpected(waiting.refused.front().error));
    if (records->empty()) return waiting({}, 0);
    broker::produce_in_turn(call.exchange, {*topic, *records, &choose_again_}, clock_, std::move(waiting));
}

void Kinesis::put_record(std::string_view stream_name, const PutEntry& entry, Done done, Call call) {
    Validation validation;
    validation.partition_key(entry.partition_key);
    if (entry.explicit_hash_key) validation.explicit_hash_key(*entry.explicit_hash_key);
    validation.not_null(entry.data.has_value(), "data");
    if (entry.data) validation.data_size(entry.data->size());
    validation.stream_name(stream_name);
    if (auto valid = validation.result(); !valid) return done(std::unexpected(std::move(valid).error()));
    put(stream_name, {&entry, 1}, false, std::move(done), call);
}

void Kinesis::put_records(std::string_view stream_name, std::span<const PutEntry> entries, Done done, Call call) {
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
    put(stream_name, entries, true, std::move(done), call);
}

}  // namespace pinflow::kinesis
