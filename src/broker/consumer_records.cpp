#include "broker/consumer_records.h"

#include "broker/offsets_fields.h"

namespace pinflow::broker {
namespace {

constexpr int16_t value_version = 0;
constexpr uint32_t hash_tag = 0;

void put_partitions(CompactWriter& out, const Partitions& partitions) {
    std::map<Uuid, std::vector<int32_t>> by_topic;
    for (const TopicIdPartition& each : partitions) by_topic[each.topic].push_back(each.partition);
    out.array_size(by_topic.size());
    for (const auto& [topic, numbers] : by_topic) {
        out.uuid(topic);
        out.array_size(numbers.size());
        for (const int32_t number : numbers) out.number(number);
        out.no_tags();
    }
}

Partitions take_partitions(FieldReader& in) {
    Partitions partitions;
    const size_t topics = in.array_size();
    for (size_t i = 0; i < topics && in.good(); ++i) {
        const Uuid topic = in.uuid();
        const size_t count = in.array_size();
        for (size_t k = 0; k < count && in.good(); ++k) partitions.insert({topic, in.number<int32_t>()});
        in.skip_tags();
    }
    return partitions;
}

Result<FieldReader> reader(Bytes bytes, const char* what) {
    FieldReader in(bytes);
    const auto version = in.number<int16_t>();
    if (!in.good()) return fail(Code::corrupt, "{} of less than 2 bytes", what);
    if (version != value_version) return fail(Code::corrupt, "{} has unknown version {}", what, version);
    in.set_flexible();
    return in;
}

template <class T>
Result<T> whole(FieldReader& in, T value, const char* what) {
    in.skip_tags();
    if (!in.good()) return fail(Code::corrupt, "{} that ends early", what);
    return value;
}

}  // namespace

std::string encode_consumer_group(const ConsumerGroupRecord& record) {
    CompactWriter out(value_version);
    out.number(record.epoch);
    record.topics_hash == 0 ? out.no_tags() : out.only_tag(hash_tag, record.topics_hash);
    return out.take();
}

std::string encode_consumer_member(const ConsumerMember& member) {
    CompactWriter out(value_version);
    out.nullable_text(member.instance_id);
    out.nullable_text(member.rack_id);
    out.text(member.client_id);
    out.text(member.client_host);
    out.array_size(member.topics.size());
    for (const std::string& topic : member.topics) out.text(topic);
    out.nullable_text(member.pattern);
    out.number(member.rebalance_timeout_ms);
    out.nullable_text(member.assignor);
    out.no_tags();
    return out.take();
}

std::string encode_target_epoch(int32_t epoch) {
    CompactWriter out(value_version);
    out.number(epoch);
    out.no_tags();
    return out.take();
}

std::string encode_target(const Partitions& partitions) {
    CompactWriter out(value_version);
    put_partitions(out, partitions);
    out.no_tags();
    return out.take();
}

std::string encode_current(const ConsumerMember& member) {
    CompactWriter out(value_version);
    out.number(member.epoch);
    out.number(member.previous_epoch);
    out.number(static_cast<int8_t>(member.state));
    put_partitions(out, member.assigned);
    put_partitions(out, member.revoking);
    out.no_tags();
    return out.take();
}

Result<ConsumerGroupRecord> decode_consumer_group(Bytes bytes) {
    PINFLOW_ASSIGN(FieldReader in, reader(bytes, "a consumer group"));
    ConsumerGroupRecord record{in.number<int32_t>(), 0};
    const std::string hash = in.tag(hash_tag);
    if (hash.size() == sizeof(record.topics_hash)) record.topics_hash = load_big_endian<int64_t>(as_bytes(hash).data());
    if (!in.good()) return fail(Code::corrupt, "a consumer group that ends early");
    return record;
}

Result<ConsumerMember> decode_consumer_member(Bytes bytes) {
    PINFLOW_ASSIGN(FieldReader in, reader(bytes, "a member of a consumer group"));
    ConsumerMember member;
    member.instance_id = in.nullable_text();
    member.rack_id = in.nullable_text();
    member.client_id = in.text();
    member.client_host = in.text();
    const size_t topics = in.array_size();
    for (size_t i = 0; i < topics && in.good(); ++i) member.topics.push_back(in.text());
    member.pattern = in.nullable_text();
    member.rebalance_timeout_ms = in.number<int32_t>();
    member.assignor = in.nullable_text();
    return whole(in, std::move(member), "a member of a consumer group");
}

Result<int32_t> decode_target_epoch(Bytes bytes) {
    PINFLOW_ASSIGN(FieldReader in, reader(bytes, "the epoch of an assignment"));
    const auto epoch = in.number<int32_t>();
    return whole(in, epoch, "the epoch of an assignment");
}

Result<Partitions> decode_target(Bytes bytes) {
    PINFLOW_ASSIGN(FieldReader in, reader(bytes, "the assignment of a member"));
    auto partitions = take_partitions(in);
    return whole(in, std::move(partitions), "the assignment of a member");
}

Result<CurrentRecord> decode_current(Bytes bytes) {
    PINFLOW_ASSIGN(FieldReader in, reader(bytes, "what a member has"));
    CurrentRecord record;
    record.epoch = in.number<int32_t>();
    record.previous_epoch = in.number<int32_t>();
    const auto state = in.number<int8_t>();
    // A state that a newer version brought: what the member has is compared with its target again.
    record.state = state == 0 || state == 1 ? static_cast<MemberState>(state) : MemberState::unreleased;
    record.assigned = take_partitions(in);
    record.revoking = take_partitions(in);
    return whole(in, std::move(record), "what a member has");
}

}  // namespace pinflow::broker
