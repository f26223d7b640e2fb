// The JSONPath of mapping templates: $, .name, ['name'], [0], [-1], [*], .*, ..name (docs/gateway_import.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_tree.h"

namespace pinflow::vtl {

class JsonPath {
  public:
    static Result<JsonPath> parse(std::string_view text);

    // Nothing where there is none. With a wildcard or "..": a list of all there are. `steps` falls by what was looked
    // at; at 0 the answer is nothing.
    std::optional<Json> find(const Json& root, size_t& steps) const;

  private:
    struct Step {
        enum class Kind : uint8_t { name, index, all, deep } kind;
        std::string name;  // deep: empty means all
        int64_t index = 0;
    };
    struct Parser;

    static void take_step(const Step& step, const Json& value, std::vector<Json>& into, size_t& steps);
    static void take_deep(const std::string& name, const Json& value, std::vector<Json>& into, size_t& steps);

    std::vector<Step> steps_;
    bool many_ = false;
};

}  // namespace pinflow::vtl
