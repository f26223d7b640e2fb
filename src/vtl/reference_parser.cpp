// $x, ${x}, $!x, and what may follow: .name, .method(…), [0].
#include <algorithm>
#include <array>

#include "vtl/methods.h"
#include "vtl/parser.h"

namespace pinflow::vtl {
namespace {

constexpr std::array<std::pair<std::string_view, Root>, 7> roots = {{
    {"input", Root::input},
    {"util", Root::util},
    {"context", Root::context},
    {"stageVariables", Root::stage_variables},
    {"foreach", Root::foreach},
    {"velocityCount", Root::velocity_count},
    {"velocityHasNext", Root::velocity_has_next},
}};

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

bool wants_path(const Reference& reference, const Step& step) {
    return reference.root == Root::input && reference.steps.empty() && is_any_of(step.name, {"path", "json"});
}

}  // namespace

Result<std::optional<Reference>> Parser::reference() {
    const size_t from = at_;
    if (peek() != '$') return std::nullopt;
    ++at_;
    if (peek() == '!') ++at_;
    const bool formal = peek() == '{';
    if (formal) ++at_;
    const std::string_view name = identifier();
    if (name.empty()) {
        at_ = from;
        return std::nullopt;
    }
    Reference made{.name = std::string(name)};
    const auto* const root = std::ranges::find(roots, name, &std::pair<std::string_view, Root>::first);
    if (root != roots.end()) made.root = root->second;
    PINFLOW_TRY(reference_steps(made));
    if (formal) {
        if (peek() != '}') return wrong(fmt::format("${{{} is not closed", name));
        ++at_;
    }
    if (made.root != Root::context) return made;
    // $context.identity.sourceIp is one name.
    made.name.clear();
    size_t names = 0;
    while (names < made.steps.size() && made.steps[names].kind == Step::Kind::property) {
        made.name += (names == 0 ? "" : ".") + made.steps[names].name;
        ++names;
    }
    made.steps.erase(made.steps.begin(), made.steps.begin() + static_cast<ptrdiff_t>(names));
    return made;
}

Result<> Parser::reference_steps(Reference& reference) {
    constexpr size_t most_steps = 64;
    while (true) {
        if (reference.steps.size() == most_steps) return wrong("a reference has too many parts");
        const size_t from = at_;
        if (peek() == '[') {
            PINFLOW_ASSIGN(const bool found, index(reference));
            if (found) continue;
            return {};
        }
        if (peek() != '.') return {};
        ++at_;
        const std::string_view name = identifier();
        if (name.empty()) {  // the end of a sentence
            at_ = from;
            return {};
        }
        if (peek() == '(')
            PINFLOW_TRY(method(reference, std::string(name)));
        else
            reference.steps.push_back({.kind = Step::Kind::property, .name = std::string(name)});
    }
}

Result<> Parser::method(Reference& reference, std::string name) {
    Step step{.kind = Step::Kind::method, .name = std::move(name)};
    PINFLOW_TRY(want("("));
    if (!take(")")) {
        do {
            PINFLOW_ASSIGN(Expression argument, expression());
            step.arguments.push_back(std::move(argument));
        } while (take(","));
        PINFLOW_TRY(want(")"));
    }
    PINFLOW_TRY(check_method(reference, step));
    reference.steps.push_back(std::move(step));
    return {};
}

// In text "[" may stand behind a reference by itself: what follows tells.
Result<bool> Parser::index(Reference& reference) {
    const size_t inside = text_.find_first_not_of(" \t\r\n", at_ + 1);
    if (inside == text_.npos || !std::string_view("0123456789-'\"$").contains(text_[inside])) return false;
    ++at_;
    PINFLOW_ASSIGN(Expression place, expression());
    PINFLOW_TRY(want("]"));
    Step step{.kind = Step::Kind::index};
    step.arguments.push_back(std::move(place));
    reference.steps.push_back(std::move(step));
    return true;
}

// What can be known before a request comes.
Result<> Parser::check_method(const Reference& reference, Step& step) const {
    const bool first = reference.steps.empty();
    const size_t count = step.arguments.size();
    if (reference.root == Root::input && first) {
        if (!is_any_of(step.name, {"json", "path", "params"}))
            return wrong(fmt::format("$input.{} is not there", step.name));
        if (step.name == "params" ? count > 1 : count != 1)
            return wrong(fmt::format("$input.{} wants {}", step.name,
                                     step.name == "params" ? "one name or none" : "a JSONPath"));
    } else if (reference.root == Root::util && first) {
        if (!is_util_function(step.name)) return wrong(fmt::format("$util.{} is not there", step.name));
        if (count != 1) return wrong(fmt::format("$util.{} wants one argument", step.name));
    } else if (!is_method(step.name, count)) {
        return wrong(fmt::format("there is no method {} with {} arguments", step.name, count));
    }
    if (!wants_path(reference, step) || step.arguments.front().kind != Expression::Kind::constant) return {};
    const std::string* const text = step.arguments.front().constant.text();
    auto path = JsonPath::parse(text == nullptr ? "" : *text);
    if (!path) return wrong(path.error().message);
    step.path = std::move(*path);
    return {};
}

}  // namespace pinflow::vtl
