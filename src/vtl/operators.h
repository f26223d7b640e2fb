// Operators of templates over values.
#pragma once
#include "base/json_tree.h"
#include "vtl/budget.h"
#include "vtl/syntax.h"

namespace pinflow::vtl {

// Velocity 1.7: false, and what there is not, are false.
bool is_true(const Json& value);
// Of two values; the logical ones are the evaluator's. Null where there is no result.
Json operate(Operator operation, const Json& left, const Json& right, Budget& budget);

}  // namespace pinflow::vtl
