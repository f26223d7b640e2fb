// A connector's configuration tried against all its keys: what Connect's `validate` answers, and what a connector is
// refused or started with.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connect/config_def.h"
#include "connect/plugins.h"

namespace pinflow::connect {

// A configuration as it is sent; JSON's null can come, and is refused.
using Given = std::map<std::string, std::optional<std::string>, std::less<>>;

struct ConfigInfo {
    std::optional<Key> key;  // nothing: nobody knows it, but it has an error
    ConfigValue value;
};

struct Validation {
    std::string name;  // the class, as it was asked for
    std::vector<std::string> groups;
    std::vector<ConfigInfo> configs;
    // What the connector is started with, if there is no error: values as they are understood, defaults filled in, and
    // what nobody knows as it was given.
    Properties config;

    size_t error_count() const;
    // All errors as the answer to a POST has them.
    std::string text() const;
};

Validation validate(const Plugin& plugin, const Given& given);
// Keys that nobody knows and that look like one that is known: they have no effect, and are no error.
std::vector<std::string> near_misses(const Properties& config, const std::vector<std::string>& known);
std::vector<std::string> near_misses(const Validation& validation);

}  // namespace pinflow::connect
