// Answers from a data folder that no Pinflow runs on: read-only, nothing in the folder changes.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "console/answers.h"

namespace pinflow::app {

Result<std::string> ask_offline(const std::filesystem::path& folder,
                                const std::function<Result<std::string>(console::Answers&)>& question);

}  // namespace pinflow::app
