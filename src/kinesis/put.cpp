// PutRecord and PutRecords.
#include "base/json_writer.h"
#include "kinesis/hash_key.h"
#include "kinesis/kinesis.h"
#include "kinesis/sequence.h"

namespace pinflow::kinesis {
namespace {

constexpr size_t max_entries = 500;

std::string place_json(int64_t created_ms, const broker::Produced::Outcome& outcome) {
    const auto shard = static_cast<uint32_t>(outcome.partition);
    return fmt::format(R"({{"SequenceNumber":"{}","ShardId":"{}"}})",
                       sequence_number(created_ms, shard, outcome.offset, outcome.append_time_ms), shard_id(shard));
}

std::string records_json(int64_t created_ms, const broker::Produced& produced) {
    std::string records;
    size_t failed = 0;
    for (size_t i = 0; i < produced.size(); ++i) {
        const auto outcome = produced[i];
        if (i > 0) records += ',';
        if (outcome.error == nullptr) {
            records += place_json(created_ms, outcome);
            continue;
        }
        ++failed;
        records += R"({"ErrorCode":"InternalFailure","ErrorMessage":)";
        append_json_string(records, outcome.error->message);
        records += '}';
    }
    return fmt::format(R"({{"FailedRecordCount":{},"Records":[{}]}})", failed, records);
}

bool all_failed(const broker::Produced& produced) {
    for (size_t i = 0; i < produced.size(); ++i)
        if (produced[i].error == nullptr) return false;
    return produced.size() != 0;
}

broker::OutgoingRecord outgoing(const PutEntry& entry, int32_t shard) {
    return {as_bytes(entry.partition_key), as_bytes(*entry.data), shard};
}

}  // namespace

ActionResult<int32_t> Kinesis::shard_for(const PutEntry& entry, size_t shard_count) const {
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

void Kinesis::put_record(std::string_view stream_name, const PutEntry& entry, Done done) {
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
    broker::produce(
        **topic, {&record, 1}, clock_.wall_ms(),
        [done = std::move(done), created_ms = stream_created_ms(**topic)](const broker::Produced& produced) mutable {
            if (const Error* error = produced.first_error()) return done(std::unexpected(error_of(*error)));
            done(place_json(created_ms, produced[0]));
        });
}

void Kinesis::put_records(std::string_view stream_name, std::span<const PutEntry> entries, Done done) {
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
    broker::produce(
        **topic, records, clock_.wall_ms(),
        [done = std::move(done), created_ms = stream_created_ms(**topic)](const broker::Produced& produced) mutable {
            if (all_failed(produced)) return done(std::unexpected(error_of(*produced.first_error())));
            done(records_json(created_ms, produced));
        });
}

}  // namespace pinflow::kinesis
