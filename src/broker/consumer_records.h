// The values of __consumer_offsets that belong to groups of the consumer protocol (docs/groups.md). Version 0 of each,
// which has compact lengths and tagged fields. Source: ConsumerGroup*Value.json of Kafka 4.3, group-coordinator.
#pragma once
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "broker/consumer_group_types.h"

namespace pinflow::broker {

struct ConsumerGroupRecord {
    int32_t epoch = 0;
    int64_t topics_hash = 0;  // of the topics that are subscribed to, as they were then
    bool operator==(const ConsumerGroupRecord&) const = default;
};

struct CurrentRecord {
    int32_t epoch = 0;
    int32_t previous_epoch = 0;
    MemberState state = MemberState::stable;
    Partitions assigned;
    Partitions revoking;
    bool operator==(const CurrentRecord&) const = default;
};

std::string encode_consumer_group(const ConsumerGroupRecord& record);
std::string encode_consumer_member(const ConsumerMember& member);  // what it said of itself
std::string encode_target_epoch(int32_t epoch);
std::string encode_target(const Partitions& partitions);
std::string encode_current(const ConsumerMember& member);

// corrupt says what is wrong with the bytes; lengths are never trusted.
Result<ConsumerGroupRecord> decode_consumer_group(Bytes bytes);
Result<ConsumerMember> decode_consumer_member(Bytes bytes);
Result<int32_t> decode_target_epoch(Bytes bytes);
Result<Partitions> decode_target(Bytes bytes);
Result<CurrentRecord> decode_current(Bytes bytes);

}  // namespace pinflow::broker
