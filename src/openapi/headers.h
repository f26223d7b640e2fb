// Headers that an answer may be given.
#pragma once
#include <string_view>

namespace pinflow::openapi {

// A name that is none, or that every answer has of itself, may not; nor a value that would end a header line.
bool may_be_header(std::string_view name, std::string_view value = {});

}  // namespace pinflow::openapi
