#include "vtl/methods.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "vtl/text_methods.h"

namespace pinflow::vtl {
namespace {

using Arguments = std::span<const Json>;

Json base64_of(const Json& argument, Budget& budget) {
    const std::string text = text_of(argument, budget);
    if (!budget.bytes(text.size() * 4 / 3)) return {};
    return Json(base64_encode(text));
}

Json from_base64(const Json& argument, Budget& budget) {
    auto text = base64_decode(text_of(argument, budget));
    if (!text || !is_valid_utf8(*text)) {
        budget.fail("$util.base64Decode of what is no base64 of a text");
        return {};
    }
    return Json(std::move(*text));
}

Json escaped(const Json& argument, Budget& budget) {
    const std::string text = text_of(argument, budget);
    if (!budget.bytes(6 * text.size())) return {};
    std::string json = json_string(text);
    return Json(json.substr(1, json.size() - 2));
}

// As Java's URLEncoder: a blank is a plus, an asterisk stays and a tilde does not.
Json url_encoded(const Json& argument, Budget& budget) {
    const std::string text = text_of(argument, budget);
    if (!budget.bytes(3 * text.size())) return {};
    std::string encoded;
    for (const char c : percent_encode(text, "* "))
        if (c == ' ')
            encoded += '+';
        else if (c == '~')
            encoded += "%7E";
        else
            encoded += c;
    return Json(std::move(encoded));
}

Json url_decoded(const Json& argument, Budget& budget) {
    std::string text = text_of(argument, budget);
    std::ranges::replace(text, '+', ' ');
    auto decoded = percent_decode(text);
    if (decoded && is_valid_utf8(*decoded)) return Json(std::move(*decoded));
    budget.fail("$util.urlDecode of a broken escape");
    return {};
}

Json parsed(const Json& argument, Budget& budget) {
    const std::string text = text_of(argument, budget);
    if (!budget.bytes(text.size())) return {};
    auto tree = parse_json_tree(text, {.depth = 512});
    if (!tree) budget.fail("$util.parseJson: " + tree.error().message);
    return tree ? *tree : Json();
}

struct UtilFunction {
    std::string_view name;
    Json (*call)(const Json& argument, Budget& budget);
};

constexpr std::array util_functions = {
    UtilFunction{"base64Encode", base64_of},   UtilFunction{"base64Decode", from_base64},
    UtilFunction{"escapeJavaScript", escaped}, UtilFunction{"urlEncode", url_encoded},
    UtilFunction{"urlDecode", url_decoded},    UtilFunction{"parseJson", parsed},
};

std::optional<int64_t> index_of(const Json& argument) {
    const std::string* const number = argument.number();
    return number == nullptr ? std::nullopt : parse_int(*number);
}

Json of_list(const JsonList& list, std::string_view name, Arguments arguments, Budget& budget) {
    if (name == "size") return Json::whole_number(static_cast<int64_t>(list.size()));
    if (name == "isEmpty") return Json(list.empty());
    if (name == "get") {
        const auto index = index_of(arguments[0]);
        const bool there = index && *index >= 0 && *index < static_cast<int64_t>(list.size());
        return there ? list[static_cast<size_t>(*index)] : Json();
    }
    if (name != "contains" || !budget.step(list.size())) return {};
    const std::string wanted = text_of(arguments[0], budget);
    return Json(std::ranges::any_of(list, [&](const Json& item) { return text_of(item, budget) == wanted; }));
}

Json of_object(const JsonObject& object, std::string_view name, Arguments arguments, Budget& budget) {
    if (name == "size") return Json::whole_number(static_cast<int64_t>(object.size()));
    if (name == "isEmpty") return Json(object.size() == 0);
    if (name == "get" || name == "containsKey") {
        const Json* const member = object.find(text_of(arguments[0], budget));
        if (name == "containsKey") return Json(member != nullptr);
        return member == nullptr ? Json() : *member;
    }
    if (!budget.step(object.size())) return {};
    JsonList list;
    for (const auto& [key, value] : object.members()) {
        if (name == "entrySet") {
            JsonObject entry;
            entry.set("key", Json(key));
            entry.set("value", value);
            list.emplace_back(std::move(entry));
        } else if (name == "keySet" && budget.bytes(key.size())) {
            list.emplace_back(key);
        } else if (name == "values") {
            list.push_back(value);
        }
    }
    if (name != "entrySet" && name != "keySet" && name != "values") return {};
    return Json(std::move(list));
}

struct Method {
    std::string_view name;
    size_t least, most;  // arguments
};

constexpr std::array methods = {
    Method{"size", 0, 0},        Method{"isEmpty", 0, 0},    Method{"get", 1, 1},         Method{"contains", 1, 1},
    Method{"containsKey", 1, 1}, Method{"keySet", 0, 0},     Method{"entrySet", 0, 0},    Method{"values", 0, 0},
    Method{"length", 0, 0},      Method{"startsWith", 1, 1}, Method{"endsWith", 1, 1},    Method{"indexOf", 1, 1},
    Method{"substring", 1, 2},   Method{"replace", 2, 2},    Method{"replaceAll", 2, 2},  Method{"matches", 1, 1},
    Method{"split", 1, 1},       Method{"trim", 0, 0},       Method{"toLowerCase", 0, 0}, Method{"toUpperCase", 0, 0},
    Method{"concat", 1, 1},      Method{"equals", 1, 1},     Method{"toString", 0, 0},
};

}  // namespace

bool is_util_function(std::string_view name) {
    return std::ranges::find(util_functions, name, &UtilFunction::name) != util_functions.end();
}

bool is_method(std::string_view name, size_t arguments) {
    const auto* const found = std::ranges::find(methods, name, &Method::name);
    return found != methods.end() && arguments >= found->least && arguments <= found->most;
}

Json call_util(std::string_view name, const Json& argument, Budget& budget) {
    const auto* const found = std::ranges::find(util_functions, name, &UtilFunction::name);
    return found == util_functions.end() ? Json() : found->call(argument, budget);
}

Json call_method(const Json& value, std::string_view name, Arguments arguments, Budget& budget) {
    if (value.is_null() || !budget.step()) return {};
    if (name == "toString") return Json(text_of(value, budget));
    if (name == "equals") return Json(text_of(value, budget) == text_of(arguments[0], budget));
    if (const JsonList* const list = value.list()) return of_list(*list, name, arguments, budget);
    if (const JsonObject* const object = value.object()) return of_object(*object, name, arguments, budget);
    return call_text_method(text_of(value, budget), name, arguments, budget);
}

std::string text_of(const Json& value, Budget& budget) {
    if (value.is_null() || !budget.bytes(value.bytes())) return "";
    if (const std::string* const text = value.text()) return *text;
    return value.compact();
}

}  // namespace pinflow::vtl
