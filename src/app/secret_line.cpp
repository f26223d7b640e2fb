#include "app/secret_line.h"

#include <fmt/core.h>
#include <unistd.h>

#include <iostream>

namespace pinflow::app {

Result<std::string> secret_line(const char* what) {
    if (::isatty(STDIN_FILENO)) fmt::print(stderr, "{} (shown as you type): ", what);
    std::string line;
    std::getline(std::cin, line);
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return fail(Code::invalid, "stdin must have the {} in a line of its own", what);
    return line;
}

}  // namespace pinflow::app
