// How people write a table's name.
#pragma once
#include <string>

#include "base/text.h"

namespace pinflow::console {

// clean.t and clean."t" are t.
inline std::string table_of(std::string name) {
    if (to_lower(name).starts_with("clean.")) name.erase(0, 6);
    if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    return name;
}

}  // namespace pinflow::console
