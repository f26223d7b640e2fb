// Settings of the broker that were set while it ran (docs/broker_settings.md), over what its configuration says. Kept
// in one JSON file. What the names mean is for others to know.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/disk.h"
#include "base/error.h"

namespace pinflow::broker {

// Thread-safe.
class BrokerSettings {
  public:
    using Map = std::map<std::string, std::string>;
    struct Values {
        Map cluster;  // of all brokers: "--entity-default"
        Map broker;   // of this one: counts before the cluster's
    };
    using Keep = std::function<Result<>()>;

    static Result<std::unique_ptr<BrokerSettings>> open(Disk& disk, std::filesystem::path file);

    Values values() const;
    // One change at a time. `edit` alters what there is, or refuses; once nothing is left that may refuse it calls
    // `keep`, after which the change is durable and in values(). Without that call nothing has changed.
    Result<> change(const std::function<Result<>(Values& after, const Keep& keep)>& edit);

  private:
    BrokerSettings(Disk& disk, std::filesystem::path file) : disk_(disk), file_(std::move(file)) {}
    Result<> load();
    Result<> save(const Values& values) const;

    Disk& disk_;
    const std::filesystem::path file_;
    std::mutex changes_;        // one at a time, over its disk work
    mutable std::mutex mutex_;  // guards what follows
    Values values_;
};

}  // namespace pinflow::broker
