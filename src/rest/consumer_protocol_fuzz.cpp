// Bytes of any group leader and member: an assignment or none; what is read is written and read again alike.
#include <cstdlib>

#include "broker/group_subscription.h"
#include "rest/consumer_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pinflow;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (const auto partitions = rest::decode_assignment(bytes)) {
        const std::string again = rest::encode_assignment(*partitions);
        if (rest::decode_assignment(as_bytes(again)) != partitions) std::abort();
    }
    rest::TopicNames topics;
    if (broker::add_subscribed_topics(bytes, topics)) {
        rest::TopicNames again;
        const std::string written = rest::encode_subscription(topics);
        if (!broker::add_subscribed_topics(as_bytes(written), again) || again != topics) std::abort();
    }
    return 0;
}
