// What a connector can be told: its configuration keys, in the words of Kafka's ConfigDef, which Connect's REST
// interface shows as they are. A value is text; the type says which texts are good.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::connect {

// A connector's configuration as people paste it. Keys nobody knows are kept and noted, as Connect does.
using Properties = std::map<std::string, std::string, std::less<>>;

enum class ValueType : uint8_t { boolean, string, short_, int_, long_, double_, list, class_, password };
enum class Importance : uint8_t { high, medium, low };
enum class Width : uint8_t { none, short_, medium, long_ };

struct Key {
    std::string name;
    ValueType type = ValueType::string;
    bool required = false;                     // no default: the connector does not start without it
    std::optional<std::string> default_value;  // empty and not required: null
    Importance importance = Importance::medium;
    std::string documentation;
    std::string group;
    int order = 0;  // in its group
    Width width = Width::none;
    std::string display_name;
    std::vector<std::string> dependents;
    std::vector<std::string> recommended;  // values to offer
    // Of a value that has the right type, its blanks removed: what is wrong with it, or nothing. Told behind "Invalid
    // value x for configuration y: ".
    std::function<std::optional<std::string>(std::string_view)> check;
};

// Key name to what is wrong with its value: errors that take more than one key to see.
using KeyErrors = std::multimap<std::string, std::string>;

}  // namespace pinflow::connect
