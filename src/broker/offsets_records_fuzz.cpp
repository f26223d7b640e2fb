// Keys and values of __consumer_offsets with any bytes: an error or a record that is written the same way again.
#include <cstdlib>

#include "broker/consumer_records.h"
#include "broker/group_subscription.h"
#include "broker/offsets_records.h"

namespace {

using namespace pinflow;
using namespace pinflow::broker;

void fuzz_consumer_records(Bytes bytes) {
    if (auto group = decode_consumer_group(bytes))
        if (*decode_consumer_group(as_bytes(encode_consumer_group(*group))) != *group) std::abort();
    if (auto epoch = decode_target_epoch(bytes))
        if (*decode_target_epoch(as_bytes(encode_target_epoch(*epoch))) != *epoch) std::abort();
    if (auto target = decode_target(bytes))
        if (*decode_target(as_bytes(encode_target(*target))) != *target) std::abort();
    if (auto member = decode_consumer_member(bytes))
        if (decode_consumer_member(as_bytes(encode_consumer_member(*member)))->topics != member->topics) std::abort();
    if (auto current = decode_current(bytes)) {
        ConsumerMember member;
        member.epoch = current->epoch;
        member.previous_epoch = current->previous_epoch;
        member.state = current->state;
        member.assigned = current->assigned;
        member.revoking = current->revoking;
        if (*decode_current(as_bytes(encode_current(member))) != *current) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (auto key = decode_key(bytes)) {
        if (const auto* offset = std::get_if<OffsetKey>(&*key))
            if (*decode_key(as_bytes(encode_key(*offset))) != OffsetsKey(*offset)) std::abort();
        if (const auto* consumer = std::get_if<ConsumerKey>(&*key))
            if (*decode_key(as_bytes(encode_key(*consumer))) != OffsetsKey(*consumer)) std::abort();
    }
    if (auto value = decode_offset_value(bytes); value && value->metadata.size() < 32'768) {
        const bool expires = value->expire_time_ms >= 0;
        if (expires) value->leader_epoch = -1;
        if (!expires) value->expire_time_ms = -1;
        if (*decode_offset_value(as_bytes(encode_value(*value))) != *value) std::abort();
    }
    if (auto group = decode_group_value(bytes); group && size < 32'768)
        if (*decode_group_value(as_bytes(encode_value(*group))) != *group) std::abort();
    fuzz_consumer_records(bytes);
    std::set<std::string, std::less<>> topics;
    (void)add_subscribed_topics(bytes, topics);
    return 0;
}
