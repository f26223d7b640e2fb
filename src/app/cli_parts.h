// What the commands' flags have in common.
#pragma once
#include <CLI/CLI.hpp>

#include <span>
#include <string>
#include <vector>

#include "app/commands.h"

namespace pinflow::app {

CLI::App* command(CLI::App& app, const std::string& name, const std::string& about, const std::string& example);
// --url, --data, --ca, --cert, --key. `offline`: a folder that nobody runs on can be asked too.
void add_target(CLI::App* sub, Target& target, bool offline);
void add_pipelines(CLI::App* sub, std::vector<std::string>& pipelines);
void add_format(CLI::App* sub, std::string& format);

// What of these words is no command or option; nothing if all may be. CLI11 only says that a command is missing.
std::string mistyped(const CLI::App& app, std::span<const char* const> words);

}  // namespace pinflow::app
