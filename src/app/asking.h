// Questions about tables, asked of a running Pinflow's console or answered from a data folder that nobody runs on.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/offline.h"
#include "base/error.h"

namespace pinflow::app {

// One question in both of its forms.
struct Question {
    std::string path;  // of the console's API
    std::string body;  // without its closing brace: the statement's id is added
    std::function<Result<std::string>(console::Answers&)> offline;
    std::vector<std::string> pipelines = {};
    std::vector<std::string> folders = {};
};

inline constexpr const char* offline_statement = "offline";

Question sql_question(const std::string& sql, const std::string& format, const std::vector<std::string>& folders = {});
Question tables_question(const std::string& format);
engine::Format format_of(const std::string& name);

// The answer as text; Ctrl-C cancels.
Result<std::string> ask(const Target& target, const Question& question);

}  // namespace pinflow::app
