// What the broker reads of a consumer's own metadata: the topics it subscribes to. All versions of the consumer
// protocol begin alike: version 2, then an array (4) of topics (2 and bytes). Source:
// ConsumerProtocolSubscription.json.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"

namespace pinflow::broker {

inline constexpr const char* consumer_protocol_type = "consumer";

// Adds the topics; false if the bytes are not a subscription (other clients may put there what they like).
bool add_subscribed_topics(Bytes metadata, std::set<std::string, std::less<>>& topics);

}  // namespace pinflow::broker
