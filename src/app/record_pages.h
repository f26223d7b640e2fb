// A topic's records as JSON lines, page after page: from a running Pinflow's console, or from a folder nobody runs on.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "app/commands.h"
#include "base/error.h"
#include "console/topics_api.h"

namespace pinflow::app {

class OfflineData;

std::string records_path(const std::string& topic);  // of the console's API

class RecordPages {
  public:
    // From the newest `last` records of each partition on, or from the first for -1.
    static Result<RecordPages> open(const Target& target, const std::string& topic, int64_t last, bool offline_works);
    RecordPages(RecordPages&&) noexcept;
    ~RecordPages();

    // At most `max` lines, each with its end. Empty if none came in wait_ms. Ctrl-C: Code::cancelled.
    Result<std::string> next(int64_t max, int64_t wait_ms);

  private:
    using Fetch = std::function<Result<std::string>(const console::TailRequest&)>;
    RecordPages(Fetch fetch, std::unique_ptr<OfflineData> data, int64_t last);

    std::unique_ptr<OfflineData> data_;
    Fetch fetch_;
    console::TailRequest request_;
};

}  // namespace pinflow::app
