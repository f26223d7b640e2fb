// One field of a JSON text, by its path.
#pragma once
#include <string>
#include <string_view>

#include "base/json_text.h"

namespace pinflow::connect {

// `path`: a.b is the member b of the member a; of repeated members the last counts. The value goes into `into`,
// compactly. False: there is none, or what should have members is no object.
bool find_json_field(JsonReader& reader, std::string_view json, std::string_view path, std::string& into);

}  // namespace pinflow::connect
