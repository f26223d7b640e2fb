#include "vtl/json_path.h"

#include "base/text.h"

namespace pinflow::vtl {

struct JsonPath::Parser {
    std::string_view whole, rest;
    JsonPath path;

    std::unexpected<Error> wrong(std::string_view what) const {
        return fail(Code::invalid, "JSONPath {}: {}", whole, what);
    }
    void add(Step step) {
        path.many_ = path.many_ || step.kind == Step::Kind::all || step.kind == Step::Kind::deep;
        path.steps_.push_back(std::move(step));
    }
    std::string_view name() {
        const size_t length = std::min(rest.find_first_of(".[()?@ \t\r\n'\""), rest.size());
        const std::string_view found = rest.substr(0, length);
        rest.remove_prefix(length);
        return found;
    }
    Result<> dot() {
        rest.remove_prefix(1);
        const bool deep = rest.starts_with('.');
        if (deep) rest.remove_prefix(1);
        const std::string_view found = name();
        if (found.empty()) return wrong("a name is missing behind the dot");
        const bool all = found == "*";
        if (deep)
            add({Step::Kind::deep, all ? "" : std::string(found)});
        else
            add({all ? Step::Kind::all : Step::Kind::name, std::string(found)});
        return {};
    }
    Result<> bracket() {
        const bool quoted = rest.size() > 2 && (rest[1] == '\'' || rest[1] == '"');
        const size_t end = quoted ? rest.find(std::string{rest[1], ']'}, 2) : rest.find(']');
        if (end == rest.npos) return wrong("a bracket is not closed");
        const std::string_view inside = trim(rest.substr(quoted ? 2 : 1, end - (quoted ? 2 : 1)));
        rest.remove_prefix(end + (quoted ? 2 : 1));
        if (quoted) {
            add({Step::Kind::name, std::string(inside)});
        } else if (inside == "*") {
            add({Step::Kind::all, ""});
        } else if (const auto index = parse_int(inside)) {
            add({Step::Kind::index, "", *index});
        } else {
            return wrong("in brackets stands a number, * or a name in quotes; filters and slices are not there");
        }
        return {};
    }
};

Result<JsonPath> JsonPath::parse(std::string_view text) {
    constexpr size_t most_bytes = 1000;
    Parser parser{text, trim(text), {}};
    if (text.size() > most_bytes) return fail(Code::invalid, "a JSONPath has at most {} bytes", most_bytes);
    if (!parser.rest.starts_with('$')) return parser.wrong("it begins with $");
    parser.rest.remove_prefix(1);
    while (!parser.rest.empty()) {
        if (parser.rest.front() == '.')
            PINFLOW_TRY(parser.dot());
        else if (parser.rest.front() == '[')
            PINFLOW_TRY(parser.bracket());
        else
            return parser.wrong("there is more than names, dots and brackets");
    }
    return std::move(parser.path);
}

std::optional<Json> JsonPath::find(const Json& root, size_t& steps) const {
    std::vector<Json> now = {root}, next;
    for (const Step& step : steps_) {
        next.clear();
        for (const Json& value : now) take_step(step, value, next, steps);
        std::swap(now, next);
    }
    if (steps == 0) return std::nullopt;
    if (many_) return Json(std::move(now));
    return now.empty() ? std::nullopt : std::optional(std::move(now.front()));
}

void JsonPath::take_step(const Step& step, const Json& value, std::vector<Json>& into, size_t& steps) {
    if (steps == 0) return;
    --steps;
    if (step.kind == Step::Kind::deep) return take_deep(step.name, value, into, steps);
    if (step.kind == Step::Kind::name) {
        if (const Json* const member = value.find(step.name)) into.push_back(*member);
        return;
    }
    const JsonList* const list = value.list();
    if (step.kind == Step::Kind::index) {
        const auto size = static_cast<int64_t>(list == nullptr ? 0 : list->size());
        const int64_t place = step.index < 0 ? size + step.index : step.index;
        if (place >= 0 && place < size) into.push_back((*list)[static_cast<size_t>(place)]);
        return;
    }
    const auto take = [&](const Json& item) {
        if (steps == 0) return;
        --steps;
        into.push_back(item);
    };
    if (list != nullptr)
        for (const Json& item : *list) take(item);
    if (const JsonObject* const object = value.object())
        for (const auto& [name, member] : object->members()) take(member);
}

void JsonPath::take_deep(const std::string& name, const Json& value, std::vector<Json>& into, size_t& steps) {
    if (steps == 0) return;
    --steps;
    if (const JsonObject* const object = value.object()) {
        for (const auto& [key, member] : object->members()) {
            if (name.empty() || key == name) into.push_back(member);
            take_deep(name, member, into, steps);
        }
    } else if (const JsonList* const list = value.list()) {
        for (const Json& item : *list) {
            if (name.empty()) into.push_back(item);
            take_deep(name, item, into, steps);
        }
    }
}

}  // namespace pinflow::vtl
