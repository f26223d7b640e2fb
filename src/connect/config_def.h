// One configuration value as Kafka's ConfigDef reads it: blanks removed, its type and its own rule checked, its
// mistakes in Kafka's words.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/key.h"

namespace pinflow::connect {

std::string_view name(ValueType type);  // "INT"
std::string_view name(Importance importance);
std::string_view name(Width width);

struct ConfigValue {
    std::string name;
    std::optional<std::string> value;  // lists with commas and no blanks between; nothing: null, or not of its type
    std::vector<std::string> errors;
};

// "Invalid value x for configuration y: …"
std::string invalid_value(std::string_view value, std::string_view name, std::string_view why);
// The value that `config` has for the key, or the key's default.
ConfigValue read_value(const Key& key, const Properties& config);
// "a, b" -> a and b. Parts may be empty.
std::vector<std::string> list_of(std::string_view text);
bool is_true(std::string_view text);  // "true", in any case

// Of a configuration whose values are good.
std::string text_of(const Properties& config, std::string_view key);  // empty where there is none
int64_t number_of(const Properties& config, std::string_view key, int64_t otherwise);
inline bool flag_of(const Properties& config, std::string_view key) {
    return is_true(text_of(config, key));
}

}  // namespace pinflow::connect
