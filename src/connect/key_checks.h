// What keys ask of a value by itself, in the words of Kafka's ConfigDef validators.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::connect {

using KeyCheck = std::function<std::optional<std::string>(std::string_view)>;

KeyCheck at_least(int64_t least);
KeyCheck between(int64_t least, int64_t most);
KeyCheck one_of(std::vector<std::string> values);
KeyCheck one_of_ignoring_case(std::vector<std::string> values);
KeyCheck not_blank();

}  // namespace pinflow::connect
