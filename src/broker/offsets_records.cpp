#include "broker/offsets_records.h"

#include <limits>

#include "broker/offsets_fields.h"

namespace pinflow::broker {
namespace {

constexpr int16_t offset_key_version = 1;
constexpr int16_t group_key_version = 2;
constexpr int16_t value_version = 3;
constexpr int16_t value_version_with_expiry = 1;  // the only one that has the field
constexpr int16_t first_flexible = 4;
constexpr size_t smallest_member = 16;  // bytes; bounds an array by what is left

void put_member(FieldWriter& out, const GroupRecordMember& member) {
    out.text(member.id);
    out.nullable_text(member.instance_id);
    out.text(member.client_id);
    out.text(member.client_host);
    out.number(member.rebalance_timeout_ms);
    out.number(member.session_timeout_ms);
    out.blob(member.subscription);
    out.blob(member.assignment);
}

GroupRecordMember take_member(FieldReader& in, int16_t version) {
    GroupRecordMember member;
    member.id = in.text();
    if (version >= 3) member.instance_id = in.nullable_text();
    member.client_id = in.text();
    member.client_host = in.text();
    if (version >= 1) member.rebalance_timeout_ms = in.number<int32_t>();
    member.session_timeout_ms = in.number<int32_t>();
    member.subscription = in.blob();
    member.assignment = in.blob();
    in.skip_tags();
    return member;
}

bool of_a_member(ConsumerRecordKind kind) {
    return kind != ConsumerRecordKind::group && kind != ConsumerRecordKind::target_epoch;
}

bool is_consumer_key(int16_t version) {
    switch (static_cast<ConsumerRecordKind>(version)) {
        case ConsumerRecordKind::group:
        case ConsumerRecordKind::member:
        case ConsumerRecordKind::target_epoch:
        case ConsumerRecordKind::target:
        case ConsumerRecordKind::current:
            return true;
    }
    return false;
}

ConsumerKey take_consumer_key(FieldReader& in, int16_t version) {
    ConsumerKey key{in.text(), static_cast<ConsumerRecordKind>(version), {}};
    if (of_a_member(key.kind)) key.member = in.text();
    return key;
}

Result<int16_t> take_version(FieldReader& in, const char* what) {
    const auto version = in.number<int16_t>();
    if (!in.good()) return fail(Code::corrupt, "{} of less than 2 bytes", what);
    if (version < 0 || version > first_flexible) return fail(Code::corrupt, "{} has unknown version {}", what, version);
    if (version >= first_flexible) in.set_flexible();
    return version;
}

}  // namespace

std::string encode_key(const OffsetKey& key) {
    FieldWriter out(offset_key_version);
    out.text(key.group);
    out.text(key.partition.topic);
    out.number(key.partition.partition);
    return out.take();
}

std::string encode_key(const GroupKey& key) {
    FieldWriter out(group_key_version);
    out.text(key.group);
    return out.take();
}

std::string encode_key(const ConsumerKey& key) {
    FieldWriter out(static_cast<int16_t>(key.kind));
    out.text(key.group);
    if (of_a_member(key.kind)) out.text(key.member);
    return out.take();
}

std::string encode_value(const OffsetRecord& record) {
    const bool expires = record.expire_time_ms >= 0;
    FieldWriter out(expires ? value_version_with_expiry : value_version);
    out.number(record.offset);
    if (!expires) out.number(record.leader_epoch);
    out.text(record.metadata);
    out.number(record.commit_time_ms);
    if (expires) out.number(record.expire_time_ms);
    return out.take();
}

std::string encode_value(const GroupRecord& record) {
    FieldWriter out(value_version);
    out.text(record.protocol_type);
    out.number(record.generation);
    out.nullable_text(record.protocol);
    out.nullable_text(record.leader);
    out.number(record.state_time_ms);
    out.number(static_cast<int32_t>(record.members.size()));
    for (const GroupRecordMember& member : record.members) put_member(out, member);
    return out.take();
}

Result<OffsetsKey> decode_key(Bytes bytes) {
    FieldReader in(bytes);
    const auto version = in.number<int16_t>();
    if (!in.good()) return fail(Code::corrupt, "a key of less than 2 bytes");
    OffsetsKey key;
    if (is_consumer_key(version)) {
        key = take_consumer_key(in, version);
    } else if (version < 0 || version > group_key_version) {
        return OffsetsKey(UnknownKey{version});
    } else if (version == group_key_version) {
        key = GroupKey{in.text()};
    } else {
        OffsetKey offset;
        offset.group = in.text();
        offset.partition.topic = in.text();
        offset.partition.partition = in.number<int32_t>();
        key = std::move(offset);
    }
    if (!in.good()) return fail(Code::corrupt, "a key of version {} that ends early", version);
    return key;
}

Result<OffsetRecord> decode_offset_value(Bytes bytes) {
    FieldReader in(bytes);
    PINFLOW_ASSIGN(const int16_t version, take_version(in, "a committed offset"));
    OffsetRecord record;
    record.offset = in.number<int64_t>();
    if (version >= 3) record.leader_epoch = in.number<int32_t>();
    record.metadata = in.text();
    record.commit_time_ms = in.number<int64_t>();
    if (version == value_version_with_expiry) record.expire_time_ms = in.number<int64_t>();
    in.skip_tags();
    if (!in.good()) return fail(Code::corrupt, "a committed offset of version {} that ends early", version);
    return record;
}

Result<GroupRecord> decode_group_value(Bytes bytes) {
    FieldReader in(bytes);
    PINFLOW_ASSIGN(const int16_t version, take_version(in, "a group"));
    GroupRecord record;
    record.protocol_type = in.text();
    record.generation = in.number<int32_t>();
    record.protocol = in.nullable_text();
    record.leader = in.nullable_text();
    if (version >= 2) record.state_time_ms = in.number<int64_t>();
    const size_t count = in.array_size();
    if (count > in.left() / smallest_member)
        return fail(Code::corrupt, "a group that names {} members in {} bytes", count, in.left());
    for (size_t i = 0; i < count && in.good(); ++i) record.members.push_back(take_member(in, version));
    in.skip_tags();
    if (!in.good()) return fail(Code::corrupt, "a group of version {} that ends early", version);
    return record;
}

}  // namespace pinflow::broker
