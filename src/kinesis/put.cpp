// PutRecord and PutRecords.
#include "kinesis/answer.h"
#include "kinesis/hash_key.h"
#include "kinesis/kinesis.h"
#include "kinesis/labels.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t max_entries = 500;

void write_place(Answer& answer, int64_t created_ms, const broker::Produced::Outcome& outcome) {
    const auto shard = static_cast<uint32_t>(outcome.partition);
    answer.begin_object().key("SequenceNumber");
    answer.text(sequence_number(created_ms, shard, outcome.offset, outcome.append_time_ms));
    answer.key("ShardId").text(shard_id(shard)).end_object();
}

std::string records_body(Format format, int64_t created_ms, const broker::Produced& produced) {
    int64_t failed = 0;
    for (size_t i = 0; i < produced.size(); ++i) failed += produced[i].error == nullptr ? 0 : 1;
    Answer answer(format);
    answer.begin_object().key("FailedRecordCount").integer(failed).key("Records").begin_list();
    for (size_t i = 0; i < produced.size(); ++i) {
        const auto outcome = produced[i];
        if (outcome.error == nullptr) {
            write_place(answer, created_ms, outcome);
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

broker::OutgoingRecord outgoing(const PutEntry& entry, int32_t shard) {
    return {as_bytes(entry.partition_key), as_bytes(*entry.data), shard};
}

ActionResult<int32_t> shard_for(const PutEntry& entry, size_t shard_count) {
    if (entry.explicit_hash_key) {
        const auto key = parse_hash_key(*entry.explicit_hash_key);
        if (key) return static_cast<int32_t>(shard_of(*key, shard_count));
        return std::unexpected(ActionError{
            "InvalidArgumentException",
            fmt::format(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
                *entry.explicit_hash_key)});
    }
    if (shard_count == 1) return 0;
    return static_cast<int32_t>(shard_of(hash_key_of(entry.partition_key), shard_count));
}

}  // namespace

void Kinesis::put_record(std::string_view stream_name, const PutEntry& entry, Done done, Format format) {
    Validation validation;
    validation.partition_key(entry.partition_key);
    if (entry.explicit_hash_key) validation.explicit_hash_key(*entry.explicit_hash_key);
    validation.not_null(entry.data.has_value(), "data");
    if (entry.data) validation.data_size(entry.data->size());
    validation.stream_name(stream_name);
    if (auto valid = validation.result(); !valid) return done(std::unexpected(std::move(valid).error()));
    const auto topic = stream_to_put(stream_name);
    if (!topic) return done(std::unexpected(topic.error()));
    const auto shard = shard_for(entry, (*topic)->partitions.size());
    if (!shard) return done(std::unexpected(shard.error()));
    const broker::OutgoingRecord record = outgoing(entry, *shard);
    broker::produce(**topic, {&record, 1}, clock_.wall_ms(),
                    [done = std::move(done), format,
                     created_ms = stream_created_ms(**topic)](const broker::Produced& produced) mutable {
                        if (const Error* error = produced.first_error()) return done(std::unexpected(error_of(*error)));
                        Answer answer(format);
                        write_place(answer, created_ms, produced[0]);
                        done(std::move(answer).take());
                    });
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
    const auto topic = stream_to_put(stream_name);
    if (!topic) return done(std::unexpected(topic.error()));
    std::vector<broker::OutgoingRecord> records;
    records.reserve(entries.size());
    for (const PutEntry& entry : entries) {
        const auto shard = shard_for(entry, (*topic)->partitions.size());
        if (!shard) return done(std::unexpected(shard.error()));
        records.push_back(outgoing(entry, *shard));
    }
    broker::produce(**topic, records, clock_.wall_ms(),
                    [done = std::move(done), format,
                     created_ms = stream_created_ms(**topic)](const broker::Produced& produced) mutable {
                        if (all_failed(produced)) return done(std::unexpected(error_of(*produced.first_error())));
                        done(records_body(format, created_ms, produced));
                    });
}

}  // namespace pinflow::kinesis
