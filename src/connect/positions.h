// The offsets that are committed for a connector's consumer group, where Kafka's tools see them. The
// group has no members: the worker commits as a consumer that assigns its partitions itself. Calls wait for the disk.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "broker/groups.h"
#include "connect/connector.h"

namespace pinflow::connect {

using Offsets = std::map<TopicPartition, int64_t>;

// The group of a connector: `connect-NAME`, unless its configuration names another.
std::string group_of(const Properties& config, std::string_view name);

class Positions {
  public:
    Positions(std::shared_ptr<broker::Groups> groups, std::string group)
        : groups_(std::move(groups)), group_(std::move(group)) {}

    Offsets all() const;
    Offsets of(std::span<const TopicPartition> partitions) const;  // without those that have none
    // A group without members loses what was committed a week ago, and a quiet topic is not read anew every week: as
    // long as there is the connector its offsets stay; when it is deleted they are a group's as any other.
    enum class Stay : uint8_t { as_long_as_the_connector, as_any };
    Result<> commit(const Offsets& offsets, Stay stay = Stay::as_long_as_the_connector);
    Result<> remove(std::span<const TopicPartition> partitions);
    const std::string& group() const { return group_; }

  private:
    std::shared_ptr<broker::Groups> groups_;
    std::string group_;
};

}  // namespace pinflow::connect
