// Looks at the folders of pipelines for changes and loads them anew. What cannot be loaded is told once and changes
// nothing. A thread of its own, which makes all calls.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/database.h"
#include "sink/pipelines.h"

namespace pinflow::app {

class PipelineWatch {
  public:
    using Changed = std::function<void(std::shared_ptr<const sink::Pipelines>)>;

    // `database` plans the SQL. What is in the folders now is taken as known.
    PipelineWatch(std::vector<std::filesystem::path> folders, std::shared_ptr<engine::Database> database,
                  Changed changed);
    void stop();  // returns once no call is under way

  private:
    void watch(const std::stop_token& stopping);
    void reload();
    // Names, sizes and times of all files that pipelines are made of.
    std::string look() const;

    std::vector<std::filesystem::path> folders_;
    std::shared_ptr<engine::Database> database_;
    Changed changed_;
    std::string known_;  // how the folders looked when they were loaded
    std::jthread thread_;
};

}  // namespace pinflow::app
