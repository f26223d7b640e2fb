// The request bodies of consumers: what they ask for, checked, or the refusal that the REST Proxy gives.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/offsets_records.h"
#include "rest/answers.h"
#include "rest/media_type.h"

namespace pinflow::rest {

// Where a partition is read from that has no committed offset, or one that is not kept any more.
enum class OffsetReset : uint8_t { earliest, latest, none };

struct NewConsumer {
    std::optional<std::string> name;  // "id", the older word for it, goes before "name"
    Format format = Format::binary;
    OffsetReset reset = OffsetReset::latest;
    bool auto_commit = true;
    std::optional<int64_t> min_bytes;  // fetch.min.bytes; -1 as if not there
    std::optional<int64_t> wait_ms;    // consumer.request.timeout.ms
};

struct Subscription {
    std::vector<std::string> topics;     // empty: none
    bool to_nothing = false;             // an empty list of topics: the subscription ends
    std::optional<std::string> pattern;  // only where there are no topics
};

struct OffsetPlace {
    broker::TopicPartition partition;
    int64_t offset = 0;
    std::string metadata;
};
struct TimePlace {
    broker::TopicPartition partition;
    int64_t time_ms = 0;
};
struct Places {
    std::vector<OffsetPlace> offsets;
    std::vector<TimePlace> times;
};

template <class T>
using Parsed = std::expected<T, Refusal>;

bool is_empty(std::string_view body);  // or null

Parsed<NewConsumer> parse_new_consumer(std::string_view body);  // an empty body asks for the defaults
Parsed<Subscription> parse_subscription(std::string_view body);
Parsed<std::vector<broker::TopicPartition>> parse_partitions(std::string_view body);
Parsed<Places> parse_places(std::string_view body);
// Nothing where the body names none ("", "{}"): that means all that was read.
Parsed<std::optional<std::vector<OffsetPlace>>> parse_offsets(std::string_view body);

// "2020-08-28T03:52:47.5Z", "…+02:00", seconds since 1970 with or without a fraction, or milliseconds (numbers from
// 100,000,000,000 on, which as seconds lie in the year 5138).
std::optional<int64_t> parse_instant(std::string_view text);

}  // namespace pinflow::rest
