#include "vtl/template.h"

#include "base/text.h"
#include "vtl/evaluator.h"
#include "vtl/parser.h"

namespace pinflow::vtl {

Result<Template> Template::parse(std::string_view text) {
    if (text.size() > most_bytes) return fail(Code::too_large, "a template has at most {} bytes", most_bytes);
    if (!is_valid_utf8(text)) return fail(Code::invalid, "it is not UTF-8");
    Template made;
    PINFLOW_ASSIGN(made.nodes_, Parser(text).whole());
    return made;
}

std::expected<std::string, Fault> Template::evaluate(const Inputs& inputs) const {
    return Evaluator(inputs).evaluate(nodes_);
}

}  // namespace pinflow::vtl
