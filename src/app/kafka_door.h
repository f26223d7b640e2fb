// What the Kafka door says of itself: its cluster id, and where clients reach it.
#pragma once
#include <filesystem>
#include <string>

#include "app/config.h"
#include "base/disk.h"
#include "kafka/handler.h"
#include "kafka/server.h"

namespace pinflow::app {

// 22 characters as Kafka's own, made at the first start and kept in DIR/cluster_id: clients notice another cluster.
Result<std::string> cluster_id(Disk& disk, const std::filesystem::path& data);

// Sets what clients are told to connect to: kafka.advertised if it is set, else the listener's own address, or this
// machine's name where that means all addresses. Before the loops run.
Result<> advertise(const Config& config, const kafka::Server& server, kafka::DoorOptions& options);

}  // namespace pinflow::app
