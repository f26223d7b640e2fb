// What the commands' flags have in common.
#pragma once
#include <CLI/CLI.hpp>

#include <string>

#include "app/commands.h"

namespace pinflow::app {

CLI::App* command(CLI::App& app, const std::string& name, const std::string& about, const std::string& example);
// --url, --data, --ca, --cert, --key. `offline`: a folder that nobody runs on can be asked too.
void add_target(CLI::App* sub, Target& target, bool offline);
void add_format(CLI::App* sub, std::string& format);

}  // namespace pinflow::app
