// JSON text as Python's json.dumps writes it by default: ", " and ": " between things, everything outside ASCII as
// \uXXXX. The original scripts send exactly this, so the emulator does.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace pinflow::emulator {

// `text` is UTF-8; what is not is written as U+FFFD.
void append_python_string(std::string& out, std::string_view text);
std::string python_string(std::string_view text);

// The same value in that style; key order and number text are kept. Error: `json` is not one JSON value.
Result<std::string> to_python_json(std::string_view json);

}  // namespace pinflow::emulator
