// Java's methods of texts, as far as templates use them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/json_tree.h"
#include "vtl/budget.h"

namespace pinflow::vtl {

// Null where texts have no such method. Lengths and places count bytes of UTF-8, cut between characters.
Json call_text_method(const std::string& text, std::string_view name, std::span<const Json> arguments, Budget& budget);

}  // namespace pinflow::vtl
