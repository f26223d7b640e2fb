// Kafka's own FileStreamSinkConnector: a line a record, appended to a file (docs/connect.md, "The file sink").
#pragma once
#include <filesystem>

#include "connect/connector.h"

namespace pinflow::connect {

class FileSink final : public Plugin {
  public:
    // Files are below `folder`, an absolute path: whoever reaches the door must not write anywhere else.
    explicit FileSink(std::filesystem::path folder);

    std::string class_name() const override { return "org.apache.kafka.connect.file.FileStreamSinkConnector"; }
    std::string version() const override { return PINFLOW_VERSION; }
    std::span<const Key> keys() const override { return keys_; }
    KeyErrors check(const Properties& config) const override;
    Result<std::unique_ptr<Task>> make_task(const Properties& config, TaskContext context) override;
    // A file knows nothing of positions.
    Result<> set_positions(const std::string&, std::span<const Position>) override { return {}; }
    Result<> forget(const std::string&) override { return {}; }

  private:
    Result<std::filesystem::path> path_of(std::string_view file) const;

    std::filesystem::path folder_;
    std::vector<Key> keys_;
};

}  // namespace pinflow::connect
