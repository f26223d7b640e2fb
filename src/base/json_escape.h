// Escapes in JSON strings: reading them, and writing those that compact text keeps. For json_text only.
#pragma once
#include "base/json_scan.h"

namespace pinflow {

// place.in stands on a backslash; `end` is the end of the text. What the escape means is written as compact text wants
// it: as UTF-8, or as the shortest escape of a quote, a backslash or a control character. If the escape is wrong,
// `in` is null and `problem` says why.
JsonPlace decode_json_escape(JsonPlace place, const char* end, const char*& problem);

}  // namespace pinflow
