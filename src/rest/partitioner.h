// Which partition a record goes to: Kafka's default rule for records with a key.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "broker/topics.h"

namespace pinflow::rest {

// org.apache.kafka.common.utils.Utils.murmur2
uint32_t murmur2(Bytes bytes);
int32_t partition_of_key(Bytes key, size_t partitions);

// The partitions of a topic that take records: the default rules count only these.
class OpenPartitions {
  public:
    explicit OpenPartitions(const broker::Topic& topic);

    size_t count() const { return count_; }
    int32_t at(size_t place) const { return open_.empty() ? static_cast<int32_t>(place) : open_[place]; }
    int32_t of_key(Bytes key) const { return at(static_cast<size_t>(partition_of_key(key, count_))); }

  private:
    std::vector<int32_t> open_;  // empty: all of them
    size_t count_;
};

}  // namespace pinflow::rest
