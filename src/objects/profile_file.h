// AWS's shared files: ~/.aws/credentials and ~/.aws/config. docs.aws.amazon.com/sdkref, "Shared config and credentials
// files".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "objects/surroundings.h"

namespace pinflow::objects {

using Settings = std::map<std::string, std::string>;  // names in lower case
using Profiles = std::map<std::string, Settings>;

enum class SharedFile : uint8_t { credentials, config };  // in config all but "default" are "[profile NAME]"

// corrupt: the line, and what is wrong with it.
Result<Profiles> parse_profiles(std::string_view text, SharedFile kind);

// The profile's name: the wish, else AWS_PROFILE, else "default".
std::string profile_name(const Surroundings& around, const std::string& wish);

// A profile's settings from both files; those of the credentials file come first. Nothing: neither file has it.
Result<std::optional<Settings>> read_profile(const Surroundings& around, const std::string& name);

}  // namespace pinflow::objects
