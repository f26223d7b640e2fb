// The Kafka door: its cluster id, and its listeners.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "auth/acls.h"
#include "base/disk.h"
#include "base/json_writer.h"
#include "kafka/handler.h"
#include "kafka/server.h"

namespace pinflow::app {

// 22 characters as Kafka's own, made at the first start and kept in DIR/cluster_id: clients notice another cluster.
Result<std::string> cluster_id(Disk& disk, const std::filesystem::path& data);

// What the door is told about itself; its listeners are not known yet. `topic_defaults`: as configured.
Result<kafka::DoorOptions> kafka_options(const Config& config, const log::Config& topic_defaults);

// Who may do what at the Kafka door, DIR/acls.json (docs/acls.md). Null where there is no authorizer.
Result<std::unique_ptr<auth::Acls>> open_acls(const Config& config, Disk& disk);

class KafkaListeners {
  public:
    // Before the loops run. The door learns what its listeners are and who may sign in how; it outlives them. Clients
    // are told kafka.advertised where it is set, else the listener's own address, or this machine's name where that
    // means all addresses.
    static Result<std::unique_ptr<KafkaListeners>> open(const Config& config, net::Loops& loops, kafka::Door& door);

    // "kafka":"127.0.0.1:9092", and with more than one, or another protocol, "kafka_listeners":{"SASL_PLAINTEXT":…}
    void tell(JsonWriter& json) const;
    std::string address_from_here() const;  // of the first one
    kafka::ServerStats stats() const;       // of all
    void add_operations(net::Totals& totals) const;
    bool drain(std::chrono::milliseconds bound);  // as kafka::Server

  private:
    std::shared_ptr<net::TlsServer> tls_;  // of the listeners that have it
    std::vector<std::unique_ptr<kafka::Server>> servers_;
};

}  // namespace pinflow::app
