// The log as SQL scans it: joins the engine's record scan to the topics, which know nothing of each other.
#pragma once
#include "broker/topics.h"
#include "engine/record_scan.h"

namespace pinflow::app {

class LogSource final : public engine::RecordSource {
  public:
    explicit LogSource(const broker::Topics& topics) : topics_(topics) {}
    Result<std::vector<int32_t>> partitions(const std::string& topic) override;
    Result<std::unique_ptr<engine::RecordCursor>> open(const std::string& topic, int32_t partition,
                                                       const engine::ScanRange& range) override;

  private:
    const broker::Topics& topics_;
};

}  // namespace pinflow::app
