// What a template consists of once it has been parsed. Plain values.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_tree.h"
#include "vtl/json_path.h"

namespace pinflow::vtl {

struct Node;
struct Expression;

// What a reference begins with.
enum class Root : uint8_t {
    variable,
    input,
    util,
    context,
    stage_variables,
    foreach,
    velocity_count,
    velocity_has_next
};

enum class Operator : uint8_t {
    logical_or,
    logical_and,
    logical_not,
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    add,
    subtract,
    multiply,
    divide,
    remainder,
    negate,
};

struct Step {
    enum class Kind : uint8_t { property, method, index } kind = Kind::property;
    std::string name;
    std::vector<Expression> arguments;  // of a method; the index
    std::optional<JsonPath> path = {};  // of $input.json and path, where it is written out
};

struct Reference {
    Root root = Root::variable;
    std::string name;  // of the variable; of $context: what follows it, with dots
    std::vector<Step> steps;
};

struct Expression {
    enum class Kind : uint8_t { constant, text, reference, list, range, map, operation } kind = Kind::constant;
    Json constant = {};
    std::shared_ptr<const std::vector<Node>> text = {};  // with references in it
    Reference reference = {};
    Operator operation = Operator::logical_or;
    std::vector<Expression> parts;  // operands; items; from and to; key, value, key, value
    size_t depth = 1;               // how many lie inside one another
};

struct Node {
    enum class Kind : uint8_t { text, reference, set, choice, loop, leave_loop, stop } kind = Kind::text;
    std::string text = {};  // also the variable that is set, or that goes through a list
    Reference reference = {};
    std::vector<Expression> expressions = {};    // what is set, or gone through; of a choice its conditions
    std::vector<std::vector<Node>> blocks = {};  // of a choice one a condition, and one more with #else
};

}  // namespace pinflow::vtl
