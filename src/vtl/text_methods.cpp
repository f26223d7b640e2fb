#include "vtl/text_methods.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "vtl/methods.h"

namespace pinflow::vtl {
namespace {

std::string changed_case(std::string text, char from, char to) {
    for (char& c : text)
        if (c >= from && c <= from + 25) c = static_cast<char>(c - from + to);
    return text;
}

// Nothing, and the evaluation has failed, if it is none.
std::unique_ptr<RE2> compiled(const std::string& pattern, Budget& budget) {
    constexpr size_t steps = 100;  // what it takes longer than another step
    RE2::Options options;
    options.set_max_mem(1 << 20);
    options.set_log_errors(false);
    if (!budget.step(steps)) return nullptr;
    auto made = std::make_unique<RE2>(pattern, options);
    if (made->ok()) return made;
    budget.fail("a regular expression is wrong: " + made->error());
    return nullptr;
}

// "$1" and "\x" of Java are "\1" and "x" here; a backslash itself is two.
std::string rewritten(std::string_view replacement) {
    std::string out;
    for (size_t i = 0; i < replacement.size(); ++i) {
        const char c = replacement[i], next = i + 1 < replacement.size() ? replacement[i + 1] : '\0';
        if (c == '$' && next >= '0' && next <= '9') {
            out += '\\';
        } else if (c == '\\' && next != '\0') {
            out += next == '\\' ? "\\\\" : std::string(1, next);
            ++i;
        } else {
            out += c == '\\' ? "\\\\" : std::string(1, c);
        }
    }
    return out;
}

// A pattern that matches the empty text puts the replacement between all characters.
bool may_replace(const std::string& text, const std::string& replacement, Budget& budget) {
    return budget.bytes((text.size() + 1) * (replacement.size() + 1));
}

Json replaced_all(std::string text, const std::string& pattern, const std::string& replacement, Budget& budget) {
    const auto expression = compiled(pattern, budget);
    const std::string rewrite = rewritten(replacement);
    if (!expression || !budget.step(1 + text.size() / 1000)) return {};
    // What matched may stand in the replacement as often as it names it.
    const auto groups = static_cast<size_t>(std::ranges::count(rewrite, '\\'));
    const bool may =
        groups == 0
            ? may_replace(text, rewrite, budget)
            : may_replace(text, rewrite + std::string(groups * std::min<size_t>(text.size(), 1000), ' '), budget);
    if (!may) return {};
    std::string problem;
    if (!expression->CheckRewriteString(rewrite, &problem)) {
        budget.fail("replaceAll: " + problem);
        return {};
    }
    RE2::GlobalReplace(&text, *expression, rewrite);
    budget.bytes(text.size());
    return Json(std::move(text));
}

Json replaced(const std::string& text, const std::string& from, const std::string& to, Budget& budget) {
    if (from.empty() || !may_replace(text, to, budget)) return Json(text);
    std::string out;
    size_t at = 0;
    for (size_t found; (found = text.find(from, at)) != text.npos; at = found + from.size()) {
        out.append(text, at, found - at);
        out += to;
    }
    return Json(out.append(text, at));
}

// As Java does it texts without anything at the end go.
Json split_by(const std::string& text, const std::string& pattern, Budget& budget) {
    const auto expression = compiled("(" + pattern + ")", budget);
    JsonList parts;
    if (!expression) return {};
    re2::StringPiece rest(text), match;
    const char* begin = text.data();
    while (budget.step() && RE2::FindAndConsume(&rest, *expression, &match) && !match.empty()) {
        parts.emplace_back(std::string(begin, match.data()));
        begin = match.data() + match.size();
    }
    parts.emplace_back(std::string(begin, text.data() + text.size()));
    while (parts.size() > 1 && parts.back().text()->empty()) parts.pop_back();
    if (!budget.bytes(2 * text.size())) return {};
    return Json(std::move(parts));
}

// Java counts a text in units of UTF-16: a character beyond the first 65,536 is two.
size_t units_from(char first_byte) {
    const auto byte = static_cast<unsigned char>(first_byte);
    return (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
}

int64_t units_of(std::string_view utf8) {
    size_t count = 0;
    for (const char c : utf8) count += units_from(c);
    return static_cast<int64_t>(count);
}

// Where in the text a number of units ends; in the middle of a character: before it. Nothing behind the end.
std::optional<size_t> place_of(std::string_view utf8, int64_t units) {
    int64_t before = 0;
    for (size_t at = 0; at < utf8.size(); ++at) {
        const auto count = static_cast<int64_t>(units_from(utf8[at]));
        if (count > 0 && before + count > units) return units < 0 ? std::nullopt : std::optional(at);
        before += count;
    }
    return before == units ? std::optional(utf8.size()) : std::nullopt;
}

Json part_of(const std::string& text, std::span<const Json> arguments, Budget& budget) {
    const auto place = [&](size_t argument) -> std::optional<size_t> {
        if (argument >= arguments.size()) return text.size();
        const std::string* const number = arguments[argument].number();
        const auto at = number == nullptr ? std::nullopt : parse_int(*number);
        return at ? place_of(text, *at) : std::nullopt;
    };
    const auto from = place(0), to = place(1);
    if (from && to && *from <= *to) return Json(text.substr(*from, *to - *from));
    budget.fail("substring: there is no such part");
    return {};
}

Json with_one(const std::string& text, std::string_view name, const std::string& other, Budget& budget) {
    if (name == "contains") return Json(text.contains(other));
    if (name == "startsWith") return Json(text.starts_with(other));
    if (name == "endsWith") return Json(text.ends_with(other));
    if (name == "split") return split_by(text, other, budget);
    if (name == "concat") return budget.bytes(text.size() + other.size()) ? Json(text + other) : Json();
    if (name == "indexOf") {
        const size_t found = text.find(other);
        return Json::whole_number(found == text.npos ? -1 : units_of(std::string_view(text).substr(0, found)));
    }
    if (name != "matches") return {};
    const auto expression = compiled(other, budget);
    return expression ? Json(RE2::FullMatch(text, *expression)) : Json();
}

}  // namespace

Json call_text_method(const std::string& text, std::string_view name, std::span<const Json> arguments, Budget& budget) {
    if (name == "length" || name == "size") return Json::whole_number(units_of(text));
    if (name == "isEmpty") return Json(text.empty());
    if (name == "trim") return Json(std::string(trim(text)));
    if (name == "toLowerCase") return Json(changed_case(text, 'A', 'a'));
    if (name == "toUpperCase") return Json(changed_case(text, 'a', 'A'));
    if (arguments.empty()) return {};
    if (name == "substring") return part_of(text, arguments, budget);
    const std::string first = text_of(arguments[0], budget);
    if (arguments.size() == 1) return with_one(text, name, first, budget);
    const std::string second = text_of(arguments[1], budget);
    return name == "replace" ? replaced(text, first, second, budget) : replaced_all(text, first, second, budget);
}

}  // namespace pinflow::vtl
