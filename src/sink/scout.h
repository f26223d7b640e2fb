// Follows a partition of a topic whose records' keys decide their tables, to find keys that were not seen before.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "broker/topics.h"

namespace pinflow::sink {

inline constexpr size_t scout_bytes = 4 << 20;  // of the log at a time

struct Scout {
    broker::TopicPtr topic;
    std::shared_ptr<log::Partition> partition;
    std::shared_ptr<log::ReaderHold> hold;  // retention waits until the keys were seen
    int64_t next = 0;
    std::set<std::string, std::less<>> seen;
};

}  // namespace pinflow::sink
