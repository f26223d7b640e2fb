// What can be called in a template: $util.…, and methods of texts, lists and maps.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json_tree.h"
#include "vtl/budget.h"

namespace pinflow::vtl {

bool is_util_function(std::string_view name);
bool is_method(std::string_view name, size_t arguments);

// Of one argument.
Json call_util(std::string_view name, const Json& argument, Budget& budget);
// Null where the value has no such method.
Json call_method(const Json& value, std::string_view name, std::span<const Json> arguments, Budget& budget);

// As a template shows it: null is empty, lists and objects are JSON.
std::string text_of(const Json& value, Budget& budget);

}  // namespace pinflow::vtl
