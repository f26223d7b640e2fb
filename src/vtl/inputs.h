// What a template is evaluated over: a request, or the answer to it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_tree.h"

namespace pinflow::vtl {

class Inputs {
  public:
    enum class Place : uint8_t { path, query, header };
    static constexpr Place places[] = {Place::path, Place::query, Place::header};

    virtual ~Inputs() = default;
    virtual std::string_view body() const = 0;
    virtual std::optional<std::string> parameter(Place place, std::string_view name) const = 0;
    virtual JsonObject parameters(Place place) const = 0;
    virtual std::string context(std::string_view name) const = 0;  // "identity.sourceIp"; empty if unknown
    virtual Json stage_variables() const = 0;                      // an object of texts
};

}  // namespace pinflow::vtl
