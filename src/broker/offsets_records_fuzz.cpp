// Keys and values of __consumer_offsets with any bytes: an error or a record that is written the same way again.
#include <cstdlib>

#include "broker/group_subscription.h"
#include "broker/offsets_records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow;
    using namespace pinflow::broker;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (auto key = decode_key(bytes))
        if (const auto* offset = std::get_if<OffsetKey>(&*key))
            if (*decode_key(as_bytes(encode_key(*offset))) != OffsetsKey(*offset)) std::abort();
    if (auto value = decode_offset_value(bytes); value && value->metadata.size() < 32'768) {
        const bool expires = value->expire_time_ms >= 0;
        if (expires) value->leader_epoch = -1;
        if (!expires) value->expire_time_ms = -1;
        if (*decode_offset_value(as_bytes(encode_value(*value))) != *value) std::abort();
    }
    if (auto group = decode_group_value(bytes); group && size < 32'768)
        if (*decode_group_value(as_bytes(encode_value(*group))) != *group) std::abort();
    std::set<std::string, std::less<>> topics;
    (void)add_subscribed_topics(bytes, topics);
    return 0;
}
