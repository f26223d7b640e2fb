// Passwords, secrets and keys' values, as commands read them: never from their arguments, which others can see.
#pragma once
#include <string>

#include "base/error.h"

namespace pinflow::app {

// The next line of stdin; an empty one is an error that names `what`. What is typed at a terminal shows: whoever types
// is told.
Result<std::string> secret_line(const char* what);

}  // namespace pinflow::app
