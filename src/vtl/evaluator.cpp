#include "vtl/evaluator.h"

#include "base/text.h"
#include "vtl/methods.h"
#include "vtl/operators.h"

namespace pinflow::vtl {

std::expected<std::string, Fault> Evaluator::evaluate(const std::vector<Node>& nodes) {
    std::string out;
    run(nodes, out);
    if (budget_.fault()) return std::unexpected(*budget_.fault());
    return out;
}

Evaluator::Way Evaluator::run(const std::vector<Node>& nodes, std::string& out) {
    for (const Node& node : nodes) {
        if (!budget_.step()) return Way::stop;
        if (const Way way = run(node, out); way != Way::on) return way;
    }
    return Way::on;
}

Evaluator::Way Evaluator::run(const Node& node, std::string& out) {
    switch (node.kind) {
        case Node::Kind::text:
            if (out.size() + node.text.size() > Budget::most_output)
                budget_.fail("its output is too large");
            else
                out += node.text;
            return Way::on;
        case Node::Kind::reference:
            append(out, value_of(node.reference));
            return Way::on;
        case Node::Kind::set:
            variables_[node.text] = value_of(node.expressions.front());
            return Way::on;
        case Node::Kind::choice:
            return choose(node, out);
        case Node::Kind::loop:
            return go_through(node, out);
        case Node::Kind::leave_loop:
            return Way::leave_loop;
        case Node::Kind::stop:
            return Way::stop;
    }
    return Way::on;
}

Evaluator::Way Evaluator::choose(const Node& node, std::string& out) {
    for (size_t i = 0; i < node.expressions.size(); ++i)
        if (is_true(value_of(node.expressions[i]))) return run(node.blocks[i], out);
    const bool otherwise = node.blocks.size() > node.expressions.size();
    return otherwise ? run(node.blocks.back(), out) : Way::on;
}

Evaluator::Way Evaluator::go_through(const Node& node, std::string& out) {
    const JsonList items = items_of(value_of(node.expressions.front()));
    if (items.size() > Budget::most_rounds) {
        budget_.fail(fmt::format("#foreach goes through {} items, {} are allowed", items.size(), Budget::most_rounds));
        return Way::stop;
    }
    Way way = Way::on;
    loops_.push_back({0, items.size()});
    for (const Json& item : items) {
        variables_[node.text] = item;
        way = run(node.blocks.front(), out);
        if (way != Way::on || !budget_.step()) break;
        ++loops_.back().index;
    }
    loops_.pop_back();
    return way == Way::leave_loop ? Way::on : way;
}

// As Velocity does, through the values of a map, and not at all through what is neither.
JsonList Evaluator::items_of(const Json& value) {
    JsonList items;
    if (const JsonList* const list = value.list()) {
        if (budget_.step(list->size() / 8 + 1)) items = *list;
    } else if (const JsonObject* const object = value.object()) {
        if (budget_.step(object->size() / 8 + 1))
            for (const auto& [name, member] : object->members()) items.push_back(member);
    }
    return items;
}

void Evaluator::append(std::string& out, const Json& value) {
    if (value.is_null()) return;
    if (out.size() + value.bytes() > Budget::most_output + 2) {
        budget_.fail("its output is too large");
        return;
    }
    if (const std::string* const text = value.text())
        out += *text;
    else
        value.append_compact(out);
}

Json Evaluator::checked(Json made) {
    if (made.depth() > Budget::most_depth) budget_.fail("values are nested too deeply");
    if (!budget_.bytes(made.bytes())) return {};
    return made;
}

// ---- values

Json Evaluator::value_of(const Expression& expression) {
    if (!budget_.step()) return {};
    switch (expression.kind) {
        case Expression::Kind::constant:
            return expression.constant;
        case Expression::Kind::reference:
            return value_of(expression.reference);
        case Expression::Kind::text: {
            std::string text;
            run(*expression.text, text);
            return checked(Json(std::move(text)));
        }
        case Expression::Kind::list:
            return list_of(expression);
        case Expression::Kind::range:
            return range_of(expression);
        case Expression::Kind::map:
            return map_of(expression);
        case Expression::Kind::operation:
            return operation(expression);
    }
    return {};
}

Json Evaluator::list_of(const Expression& expression) {
    JsonList list;
    for (const Expression& part : expression.parts) list.push_back(value_of(part));
    return checked(Json(std::move(list)));
}

Json Evaluator::range_of(const Expression& expression) {
    const auto end_of = [&](const Expression& part) {
        const Json value = value_of(part);
        return value.number() == nullptr ? std::nullopt : parse_int(*value.number());
    };
    const auto from = end_of(expression.parts[0]), to = end_of(expression.parts[1]);
    constexpr auto most = static_cast<int64_t>(Budget::most_rounds);
    constexpr int64_t far = INT64_MAX / 4;
    if (!from || !to || std::abs(*from) > far || std::abs(*to) > far) return {};
    JsonList list;
    if (std::abs(*to - *from) >= most) budget_.fail(fmt::format("a range has at most {} numbers", most));
    if (budget_.fault()) return {};
    for (int64_t number = *from;; number += *from <= *to ? 1 : -1) {
        list.push_back(Json::whole_number(number));
        if (number == *to) break;
    }
    return budget_.step(list.size()) ? Json(std::move(list)) : Json();
}

Json Evaluator::map_of(const Expression& expression) {
    JsonObject object;
    for (size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        std::string key = text_of(value_of(expression.parts[i]), budget_);
        object.set(std::move(key), value_of(expression.parts[i + 1]));
    }
    return checked(Json(std::move(object)));
}

Json Evaluator::operation(const Expression& expression) {
    const Operator kind = expression.operation;
    const Json left = value_of(expression.parts.front());
    if (kind == Operator::logical_not) return Json(!is_true(left));
    if (kind == Operator::negate) return operate(Operator::subtract, Json::whole_number(0), left, budget_);
    if (kind == Operator::logical_and && !is_true(left)) return Json(false);
    if (kind == Operator::logical_or && is_true(left)) return Json(true);
    const Json right = value_of(expression.parts.back());
    if (kind == Operator::logical_and || kind == Operator::logical_or) return Json(is_true(right));
    return operate(kind, left, right, budget_);
}

}  // namespace pinflow::vtl
