// The connectors as they are kept: DATA/connectors.json (docs/connect.md, "On disk").
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "connect/key.h"

namespace pinflow::connect {

// What somebody wants a connector to be, whatever becomes of it.
enum class Target : uint8_t { started, paused, stopped };
std::string_view name(Target target);  // "STARTED"

struct Stored {
    Properties config;  // as it was given, with its name
    Target target = Target::started;
    // No task of it has opened the place where it writes: nothing of it is there. False where nobody knows.
    bool never_began = false;
    bool operator==(const Stored&) const = default;
};
using Registry = std::map<std::string, Stored, std::less<>>;

std::string write_registry(const Registry& registry);
Result<Registry> read_registry(std::string_view text);  // corrupt says what is wrong

}  // namespace pinflow::connect
