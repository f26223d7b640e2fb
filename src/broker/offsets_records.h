// The records of Kafka's topic __consumer_offsets: keys and values, big-endian, led by a version of 2 bytes. Written as
// Kafka 2.8 writes them (key 1 or 2, offset value 3, group value 3), so that its tools read them; older and newer
// values (to 4, which has compact lengths and tagged fields) are read too. Source: the JSON descriptions of
// OffsetCommitKey/Value and GroupMetadataKey/Value in apache/kafka, group-coordinator.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace pinflow::broker {

struct TopicPartition {
    std::string topic;
    int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

struct OffsetKey {
    std::string group;
    TopicPartition partition;
    bool operator==(const OffsetKey&) const = default;
};

struct GroupKey {
    std::string group;
    bool operator==(const GroupKey&) const = default;
};

// Groups of the consumer protocol (KIP-848); the numbers are the versions of the keys. What the values hold:
// consumer_records.h.
enum class ConsumerRecordKind : int16_t {
    group = 3,
    member = 5,
    target_epoch = 6,
    target = 7,
    current = 8,
};
struct ConsumerKey {
    std::string group;
    ConsumerRecordKind kind = ConsumerRecordKind::group;
    std::string member;  // but for group and target_epoch
    bool operator==(const ConsumerKey&) const = default;
    // In the order of writing: the epoch of the targets behind the targets. Of a change that was cut short in between
    // the group's epoch is ahead of theirs, and they are made anew.
    auto operator<=>(const ConsumerKey& other) const {
        return std::tie(group, order(kind), member) <=> std::tie(other.group, order(other.kind), other.member);
    }

  private:
    static const int16_t& order(ConsumerRecordKind kind) {
        static constexpr std::array<int16_t, 9> orders = {0, 0, 0, 3, 0, 5, 7, 6, 8};
        return orders[static_cast<size_t>(kind)];
    }
};

struct UnknownKey {  // of a kind this version does not know (e.g. of share groups): kept in the log, left alone
    int16_t version = 0;
    bool operator==(const UnknownKey&) const = default;
};

using OffsetsKey = std::variant<OffsetKey, GroupKey, ConsumerKey, UnknownKey>;

struct OffsetRecord {
    int64_t offset = -1;
    int32_t leader_epoch = -1;
    std::string metadata;
    int64_t commit_time_ms = -1;
    int64_t expire_time_ms = -1;  // -1: by the broker's retention; otherwise written as version 1, as Kafka does
    bool operator==(const OffsetRecord&) const = default;
};

struct GroupRecordMember {
    std::string id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    int32_t rebalance_timeout_ms = -1;
    int32_t session_timeout_ms = 0;
    std::string subscription;
    std::string assignment;
    bool operator==(const GroupRecordMember&) const = default;
};

struct GroupRecord {
    std::string protocol_type;
    int32_t generation = 0;
    std::optional<std::string> protocol;
    std::optional<std::string> leader;
    int64_t state_time_ms = -1;  // since when the group is in its state, wall clock
    std::vector<GroupRecordMember> members;
    bool operator==(const GroupRecord&) const = default;
};

std::string encode_key(const OffsetKey& key);
std::string encode_key(const GroupKey& key);
std::string encode_key(const ConsumerKey& key);
std::string encode_value(const OffsetRecord& record);
std::string encode_value(const GroupRecord& record);

// corrupt says what is wrong with the bytes; lengths are never trusted.
Result<OffsetsKey> decode_key(Bytes bytes);
Result<OffsetRecord> decode_offset_value(Bytes bytes);
Result<GroupRecord> decode_group_value(Bytes bytes);

}  // namespace pinflow::broker
