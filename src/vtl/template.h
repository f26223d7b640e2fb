// A mapping template in the subset of Velocity that API Gateway's users know (docs/gateway_import.md). Read once,
// evaluated by any number of threads; each evaluation is bounded (budget.h).
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "vtl/budget.h"
#include "vtl/inputs.h"
#include "vtl/syntax.h"

namespace pinflow::vtl {

class Template {
  public:
    static constexpr size_t most_bytes = 300'000;

    // An error says at which line, and what is not there.
    static Result<Template> parse(std::string_view text);

    std::expected<std::string, Fault> evaluate(const Inputs& inputs) const;

  private:
    std::vector<Node> nodes_;
};

}  // namespace pinflow::vtl
