// PutRecord, PutRecords and GetRecords.
#include <algorithm>
#include <memory>
#include <vector>

#include "kinesis/actions.h"
#include "kinesis/iterator.h"
#include "kinesis/read_share.h"
#include "kinesis/reads.h"

namespace pinflow::kinesis {
namespace {

ActionResult<PutEntry> entry_of(const Item& record) {
    PutEntry entry;
    PINFLOW_ASSIGN(entry.data, blob_of(*record.member("Data")));
    entry.partition_key = record.member("PartitionKey")->text();
    if (const auto key = record.member("ExplicitHashKey")) entry.explicit_hash_key = key->text();
    return entry;
}

void put_record(Kinesis& kinesis, const Request& request, Call call, Done done) {
    const auto name = kinesis.name_of_stream(request);
    if (!name) return done(std::unexpected(name.error()));
    const auto entry = entry_of(request.root());
    if (!entry) return done(std::unexpected(entry.error()));
    kinesis.put_record(*name, *entry, std::move(done), call);
}

void put_records(Kinesis& kinesis, const Request& request, Call call, Done done) {
    const auto name = kinesis.name_of_stream(request);
    if (!name) return done(std::unexpected(name.error()));
    static thread_local std::vector<PutEntry> entries;
    entries.clear();
    const Item records = *request.item("Records");
    for (auto record = records.first(); record; record = record->next_before(records)) {
        const auto entry = entry_of(*record);
        if (!entry) return done(std::unexpected(entry.error()));
        entries.push_back(*entry);
    }
    kinesis.put_records(*name, entries, std::move(done), call);
}

bool creates(const Kinesis& kinesis, const Request& request) {
    const auto name = kinesis.name_of_stream(request);
    return name && kinesis.put_creates(*name);
}

ActionResult<void> read(Kinesis& kinesis, const Request& request, size_t most_bytes, Answer& answer) {
    PINFLOW_ASSIGN(IteratorPlace place, place_of_iterator(kinesis, request));
    if (kinesis.limits() != nullptr) PINFLOW_TRY(kinesis.limits()->get_records(*place.topic, place.iterator.shard));
    ReadLimits most;
    most.records = static_cast<size_t>(request.integer("Limit").value_or(10'000));
    most.bytes = most_bytes;
    // On the thread that asked, which must not be held up; estimates of sizes may be far off.
    if (!is_far_behind(place.partition(), place.iterator.offset)) most.bytes = std::min(most_bytes, near_bytes);
    // Known before the read: whatever is there then is all there will ever be.
    const bool complete = !place.shard().open() && place.partition().complete();
    answer.begin_object().key("Records");
    PINFLOW_ASSIGN(const ReadResult result,
                   read_records(*place.topic, place.shard(), place.iterator.offset, most, answer));
    if (kinesis.limits() != nullptr) kinesis.limits()->were_read(*place.topic, place.iterator.shard, result.bytes);
    const int64_t now = kinesis.clock().wall_ms();
    const int64_t behind = result.at_end ? 0 : std::max<int64_t>(1, now - result.last_time_ms.value_or(now));
    place.iterator.created_ms = now;
    place.iterator.offset = std::max(place.iterator.offset, result.next_offset);
    answer.key("MillisBehindLatest").integer(behind).key("NextShardIterator");
    if (complete && result.at_end)  // this is where to go on
        write_children(answer.null(), *place.tree, place.iterator.shard);
    else
        answer.text(place.iterator.text());
    answer.end_object();
    return {};
}

ActionError no_memory() {
    return {"ProvisionedThroughputExceededException",
            "The memory for answers is spent: too many readers take theirs slowly. Try again."};
}

void get_records(Kinesis& kinesis, const Request& request, Call call, Done done) {
    const auto share = std::make_shared<ReadShare>(kinesis);
    if (!share->take(ReadLimits{}.bytes)) return done(std::unexpected(no_memory()));
    Answer answer(call.format);
    if (auto result = read(kinesis, request, share->bytes(), answer); !result)
        return done(std::unexpected(std::move(result).error()));
    Written written(std::move(answer).take());
    if (!share->settle(written.text.size())) return done(std::unexpected(no_memory()));
    written.held = share;
    done(std::move(written));
}

bool reads_the_disk(const Kinesis& kinesis, const Request& request) {
    const auto place = place_of_iterator(kinesis, request);
    return place && is_far_behind(place->partition(), place->iterator.offset);
}

constexpr Field data{.name = "Data", .type = Type::blob, .required = true};
constexpr Field partition_key{.name = "PartitionKey", .required = true};
constexpr Field hash_key{.name = "ExplicitHashKey"};
// What put_record() and put_records() check of every entry is not checked here too.
constexpr Field record_members[] = {data, partition_key, hash_key};
constexpr Field record[] = {{.type = Type::structure, .members = record_members}};
constexpr Field putting[] = {data,
                             partition_key,
                             hash_key,
                             {.name = "SequenceNumberForOrdering", .pattern = Pattern::sequence_number},
                             stream_name_field,
                             stream_arn_field};
constexpr Field putting_many[] = {
    {.name = "Records", .type = Type::list, .required = true, .least = 1, .most = 500, .members = record},
    stream_name_field,
    stream_arn_field};
constexpr Field getting[] = {{.name = "Limit", .type = Type::integer, .least = 1, .most = 10'000},
                             {.name = "ShardIterator", .required = true, .least = 1, .most = 512},
                             stream_arn_field};

constexpr Action record_table[] = {
    {"PutRecord", putting, put_record, creates},
    {"PutRecords", putting_many, put_records, creates},
    {"GetRecords", getting, get_records, reads_the_disk},
};

}  // namespace

std::span<const Action> record_actions() {
    return record_table;
}

}  // namespace pinflow::kinesis
