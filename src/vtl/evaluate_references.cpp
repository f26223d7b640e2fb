// What references stand for.
#include "base/text.h"
#include "vtl/evaluator.h"
#include "vtl/methods.h"

namespace pinflow::vtl {

Json Evaluator::value_of(const Reference& reference) {
    if (!budget_.step()) return {};
    size_t taken = 0;
    Json value = root_of(reference, taken);
    for (; taken < reference.steps.size() && !value.is_null(); ++taken)
        value = step_into(value, reference.steps[taken]);
    return budget_.fault() ? Json() : value;
}

Json Evaluator::root_of(const Reference& reference, size_t& taken) {
    const Step* const first = reference.steps.empty() ? nullptr : &reference.steps.front();
    switch (reference.root) {
        case Root::variable: {
            const auto found = variables_.find(reference.name);
            return found == variables_.end() ? Json() : found->second;
        }
        case Root::context: {
            std::string text = inputs_.context(reference.name);
            return text.empty() ? Json() : Json(std::move(text));
        }
        case Root::stage_variables:
            return inputs_.stage_variables();
        case Root::velocity_count:
            return loop_property("count");
        case Root::velocity_has_next:
            return loop_property("hasNext");
        case Root::foreach:
            if (first == nullptr) return {};
            taken = 1;
            return loop_property(first->name);
        case Root::input:
            if (first == nullptr) return {};
            taken = 1;
            return input(*first);
        case Root::util:
            if (first == nullptr || first->kind != Step::Kind::method) return {};
            taken = 1;
            return call_util(first->name, value_of(first->arguments.front()), budget_);
    }
    return {};
}

Json Evaluator::loop_property(std::string_view name) const {
    if (loops_.empty()) return {};
    const auto [index, size] = loops_.back();
    if (name == "hasNext") return Json(index + 1 < size);
    if (name == "first") return Json(index == 0);
    if (name == "last") return Json(index + 1 == size);
    if (name == "index") return Json::whole_number(static_cast<int64_t>(index));
    if (name == "count") return Json::whole_number(static_cast<int64_t>(index + 1));
    return {};
}

Json Evaluator::step_into(const Json& value, const Step& step) {
    if (!budget_.step()) return {};
    if (step.kind == Step::Kind::property) {
        const Json* const member = value.find(step.name);
        return member == nullptr ? Json() : *member;
    }
    std::vector<Json> arguments;
    for (const Expression& argument : step.arguments) arguments.push_back(value_of(argument));
    if (budget_.fault()) return {};
    return call_method(value, step.kind == Step::Kind::index ? "get" : step.name, arguments, budget_);
}

// ---- $input

const Json* Evaluator::body() {
    if (body_) return &*body_;
    const std::string_view text = trim(inputs_.body());
    auto tree = parse_json_tree(text.empty() ? "{}" : text, body_limits);
    if (!tree) {
        budget_.fail(tree.error().message, true);
        return nullptr;
    }
    body_ = std::move(*tree);
    return &*body_;
}

Json Evaluator::input(const Step& step) {
    if (step.name == "body") {
        const std::string_view text = inputs_.body();
        if (!is_valid_utf8(text)) budget_.fail("the body is not UTF-8", true);
        return checked(Json(std::string(text.empty() ? "{}" : text)));
    }
    if (step.kind != Step::Kind::method) return {};
    if (step.name == "params") return parameter(step);
    std::optional<JsonPath> path = step.path;
    if (!path) {
        auto parsed = JsonPath::parse(text_of(value_of(step.arguments.front()), budget_));
        if (!parsed) budget_.fail(parsed.error().message);
        if (parsed) path = std::move(*parsed);
    }
    const Json* const root = path ? body() : nullptr;
    if (root == nullptr || budget_.fault()) return {};
    auto found = path->find(*root, budget_.steps_left());
    if (step.name == "path") return found.value_or(Json());
    // Of what there is not it is an empty text, with its quotes.
    if (!found || found->is_null()) return Json("\"\"");
    return budget_.bytes(found->bytes()) ? checked(Json(found->compact())) : Json();
}

Json Evaluator::parameter(const Step& step) {
    if (step.arguments.empty()) {
        constexpr std::string_view names[] = {"path", "querystring", "header"};
        JsonObject all;
        for (size_t i = 0; i < std::size(names); ++i)
            all.set(std::string(names[i]), Json(inputs_.parameters(Inputs::places[i])));
        return checked(Json(std::move(all)));
    }
    const std::string name = text_of(value_of(step.arguments.front()), budget_);
    for (const Inputs::Place place : Inputs::places)
        if (auto value = inputs_.parameter(place, name)) return checked(Json(std::move(*value)));
    return Json("");
}

}  // namespace pinflow::vtl
