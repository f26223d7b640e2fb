// A data folder that no Pinflow runs on, opened to be asked: its log recovers in memory and nothing in it changes.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/topics.h"
#include "console/answers.h"

namespace pinflow::app {

class OfflineData {
  public:
    // Keeps `pinflow up` off the folder as long as it lives. `pipelines`: folders beside the built-in ones; `folders`:
    // where SQL may read tables of others.
    static Result<std::unique_ptr<OfflineData>> open(const std::filesystem::path& folder,
                                                     const std::vector<std::string>& pipelines = {},
                                                     const std::vector<std::filesystem::path>& folders = {});
    ~OfflineData();

    console::Answers& answers();
    Result<const broker::Topics*> topics() const;  // why not, if the log cannot be read; tables still can

  private:
    struct Parts;
    explicit OfflineData(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace pinflow::app
