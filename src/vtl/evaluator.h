// One evaluation of a template.
#pragma once
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "vtl/budget.h"
#include "vtl/inputs.h"
#include "vtl/syntax.h"

namespace pinflow::vtl {

class Evaluator {
  public:
    explicit Evaluator(const Inputs& inputs) : inputs_(inputs) {}
    std::expected<std::string, Fault> evaluate(const std::vector<Node>& nodes);

  private:
    struct Loop {
        size_t index, size;
    };
    enum class Way : uint8_t { on, leave_loop, stop };

    Way run(const std::vector<Node>& nodes, std::string& out);
    Way run(const Node& node, std::string& out);
    Way choose(const Node& node, std::string& out);
    Way go_through(const Node& node, std::string& out);
    JsonList items_of(const Json& value);

    Json value_of(const Expression& expression);
    Json value_of(const Reference& reference);
    Json root_of(const Reference& reference, size_t& steps_taken);
    Json loop_property(std::string_view name) const;
    Json step_into(const Json& value, const Step& step);
    Json input(const Step& step);
    Json parameter(const Step& step);
    Json list_of(const Expression& expression);
    Json range_of(const Expression& expression);
    Json map_of(const Expression& expression);
    Json operation(const Expression& expression);
    Json checked(Json made);  // of values made here: neither too deep nor too large
    const Json* body();       // null: it is no JSON
    void append(std::string& out, const Json& value);

    const Inputs& inputs_;
    Budget budget_;
    std::map<std::string, Json, std::less<>> variables_;
    std::vector<Loop> loops_;
    std::optional<Json> body_;
};

}  // namespace pinflow::vtl
