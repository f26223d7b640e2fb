// What a text without quotes means in YAML 1.2's core schema.
#pragma once
#include <string>

#include "base/json_tree.h"

namespace pinflow::openapi {

Json yaml_plain_value(std::string text);

}  // namespace pinflow::openapi
