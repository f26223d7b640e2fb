// The formats that API Gateway's console offers for access logs.
#pragma once
#include <string_view>

namespace pinflow::gateway {

// CLF, JSON, XML and CSV stand for a text with $context variables; any other text for itself.
std::string_view access_format(std::string_view name);

}  // namespace pinflow::gateway
