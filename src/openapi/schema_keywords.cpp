// The keywords of draft 4 that say something about a value. All others do not: titles, examples, extensions.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "openapi/schema_reader.h"

namespace pinflow::openapi {
namespace {

std::unexpected<Error> wrong(std::string what) {
    return std::unexpected(Error{Code::unsupported, std::move(what)});
}

Result<uint8_t> type_of(const Json& value) {
    constexpr std::array<std::pair<std::string_view, uint8_t>, 7> types = {
        {{"array", Schema::array},
         {"boolean", Schema::boolean},
         {"integer", Schema::integer},
         {"null", Schema::null},
         {"number", Schema::number | Schema::integer},
         {"object", Schema::object},
         {"string", Schema::string}}};
    for (const auto& [name, bits] : types)
        if (value.text() != nullptr && *value.text() == name) return bits;
    return wrong("there is no type " + value.compact());
}

Result<std::vector<std::string>> texts_of(const Json& value) {
    std::vector<std::string> texts;
    if (value.list() == nullptr) return wrong("it has to be a list of names");
    for (const Json& each : *value.list()) {
        if (each.text() == nullptr) return wrong("it has to be a list of names");
        texts.push_back(*each.text());
    }
    return texts;
}

// RE2 has other words for a character by its number.
std::string as_re2(std::string_view ecma) {
    std::string out;
    while (!ecma.empty()) {
        const bool escape = ecma.starts_with('\\') && ecma.size() > 1;
        const bool by_number = escape && ecma[1] == 'u' && ecma.size() >= 6 &&
                               std::ranges::all_of(ecma.substr(2, 4), [](char c) { return hex_digit(c) >= 0; });
        if (by_number) out += "\\x{" + std::string(ecma.substr(2, 4)) + "}";
        const size_t taken = by_number ? 6 : escape ? 2 : 1;
        if (!by_number) out += ecma.substr(0, taken);
        ecma.remove_prefix(taken);
    }
    return out;
}

}  // namespace

// A bound before whether it is exclusive.
const SchemaReader::Keyword SchemaReader::keywords[] = {{"type", &SchemaReader::type},
                                                        {"enum", &SchemaReader::choice},
                                                        {"minimum", &SchemaReader::bound},
                                                        {"maximum", &SchemaReader::bound},
                                                        {"exclusiveMinimum", &SchemaReader::exclusive},
                                                        {"exclusiveMaximum", &SchemaReader::exclusive},
                                                        {"multipleOf", &SchemaReader::divisor},
                                                        {"minLength", &SchemaReader::count},
                                                        {"maxLength", &SchemaReader::count},
                                                        {"minItems", &SchemaReader::count},
                                                        {"maxItems", &SchemaReader::count},
                                                        {"minProperties", &SchemaReader::count},
                                                        {"maxProperties", &SchemaReader::count},
                                                        {"pattern", &SchemaReader::pattern},
                                                        {"format", &SchemaReader::format},
                                                        {"uniqueItems", &SchemaReader::unique},
                                                        {"items", &SchemaReader::items},
                                                        {"additionalItems", &SchemaReader::additional},
                                                        {"properties", &SchemaReader::properties},
                                                        {"patternProperties", &SchemaReader::matching},
                                                        {"additionalProperties", &SchemaReader::additional},
                                                        {"required", &SchemaReader::required},
                                                        {"dependencies", &SchemaReader::dependencies},
                                                        {"allOf", &SchemaReader::combined},
                                                        {"anyOf", &SchemaReader::combined},
                                                        {"oneOf", &SchemaReader::combined},
                                                        {"not", &SchemaReader::combined},
                                                        {"", nullptr}};

Result<> SchemaReader::type(const Json& value, std::string_view /*name*/, Schema& made) {
    made.types = 0;
    const JsonList one = {value};
    const JsonList& all = value.list() == nullptr ? one : *value.list();
    for (const Json& each : all) {
        PINFLOW_ASSIGN(const uint8_t bits, type_of(each));
        made.types |= bits;
    }
    return {};
}

Result<> SchemaReader::choice(const Json& value, std::string_view /*name*/, Schema& made) {
    if (value.list() == nullptr || value.list()->empty()) return wrong("it has to be a list of values");
    made.choice.emplace(value.compact());
    for (const Json& each : *value.list()) made.choice->all.insert(same_text(each));
    return {};
}

Result<> SchemaReader::bound(const Json& value, std::string_view name, Schema& made) {
    if (value.number() == nullptr) return wrong("it has to be a number");
    (name == "minimum" ? made.minimum : made.maximum).emplace(Decimal(*value.number()), *value.number());
    return {};
}

Result<> SchemaReader::exclusive(const Json& value, std::string_view name, Schema& made) {
    if (value.boolean() == nullptr) return wrong("in draft 4 it is true or false, beside minimum or maximum");
    auto& bound = name == "exclusiveMinimum" ? made.minimum : made.maximum;
    if (bound) bound->exclusive = *value.boolean();
    return {};
}

Result<> SchemaReader::divisor(const Json& value, std::string_view /*name*/, Schema& made) {
    if (value.number() == nullptr) return wrong("it has to be a number");
    const Decimal divisor(*value.number());
    if (divisor.sign() <= 0 || divisor.digits() > Decimal::most_divisor_digits)
        return wrong(fmt::format("it has to be a number above 0 of at most {} digits", Decimal::most_divisor_digits));
    made.divisor.emplace(divisor, *value.number());
    return {};
}

Result<> SchemaReader::count(const Json& value, std::string_view name, Schema& made) {
    const auto number = value.number() == nullptr ? std::nullopt : parse_int(*value.number());
    if (!number || *number < 0) return wrong("it has to be a whole number from 0");
    Schema::Counts& counts = name.ends_with("Length")  ? made.length
                             : name.ends_with("Items") ? made.items
                                                       : made.properties;
    (name.starts_with("min") ? counts.least : counts.most) = static_cast<size_t>(*number);
    return {};
}

Result<Schema::Pattern> SchemaReader::compiled(const std::string& text) {
    if (++patterns_ > most_patterns) return wrong(fmt::format("there may be {} patterns in all", most_patterns));
    RE2::Options options;
    options.set_max_mem(1 << 20);
    options.set_log_errors(false);
    auto regex = std::make_shared<const RE2>(as_re2(text), options);
    if (!regex->ok()) return wrong(fmt::format("the pattern {}: {}", text, regex->error()));
    return Schema::Pattern{text, std::move(regex)};
}

Result<> SchemaReader::pattern(const Json& value, std::string_view /*name*/, Schema& made) {
    if (value.text() == nullptr) return wrong("it has to be a text");
    PINFLOW_ASSIGN(made.pattern, compiled(*value.text()));
    return {};
}

Result<> SchemaReader::format(const Json& value, std::string_view /*name*/, Schema& made) {
    made.format = value.text() == nullptr ? nullptr : format_of(*value.text());
    return {};
}

Result<> SchemaReader::unique(const Json& value, std::string_view /*name*/, Schema& made) {
    if (value.boolean() == nullptr) return wrong("it has to be true or false");
    made.unique = *value.boolean();
    return {};
}

Result<> SchemaReader::items(const Json& value, std::string_view name, Schema& made) {
    if (value.list() == nullptr) {
        PINFLOW_ASSIGN(made.other_items, child(value, name));
    } else {
        PINFLOW_ASSIGN(made.first_items, children(value, name));
    }
    return {};
}

// After "items", without whose list it says nothing.
Result<> SchemaReader::additional(const Json& value, std::string_view name, Schema& made) {
    const bool of_items = name == "additionalItems";
    if (of_items && made.first_items.empty()) return {};
    if (value.boolean() != nullptr) {
        (of_items ? made.more_items : made.more_properties) = *value.boolean();
        return {};
    }
    PINFLOW_ASSIGN((of_items ? made.other_items : made.other_properties), child(value, name));
    return {};
}

Result<> SchemaReader::properties(const Json& value, std::string_view name, Schema& made) {
    if (value.object() == nullptr) return wrong("it has to be an object of schemas");
    for (const auto& [property, described] : value.object()->members()) {
        PINFLOW_ASSIGN(made.named[property], child(described, name, property));
    }
    return {};
}

Result<> SchemaReader::matching(const Json& value, std::string_view name, Schema& made) {
    if (value.object() == nullptr) return wrong("it has to be an object of schemas");
    for (const auto& [text, described] : value.object()->members()) {
        PINFLOW_ASSIGN(Schema::Pattern pattern, compiled(text));
        PINFLOW_ASSIGN(const size_t number, child(described, name, text));
        made.matching.emplace_back(std::move(pattern), number);
    }
    return {};
}

Result<> SchemaReader::required(const Json& value, std::string_view /*name*/, Schema& made) {
    PINFLOW_ASSIGN(made.required, texts_of(value));
    std::ranges::sort(made.required);
    return {};
}

Result<> SchemaReader::dependencies(const Json& value, std::string_view name, Schema& made) {
    if (value.object() == nullptr) return wrong("it has to be an object");
    for (const auto& [property, described] : value.object()->members()) {
        Schema::Dependency& one = made.dependencies.emplace_back(property);
        if (described.list() != nullptr) {
            PINFLOW_ASSIGN(one.properties, texts_of(described));
        } else {
            PINFLOW_ASSIGN(one.schema, child(described, name, property));
        }
    }
    return {};
}

Result<> SchemaReader::combined(const Json& value, std::string_view name, Schema& made) {
    if (name == "not") {
        PINFLOW_ASSIGN(made.not_it, child(value, name));
        return {};
    }
    PINFLOW_ASSIGN((name == "allOf"   ? made.all_of
                    : name == "anyOf" ? made.any_of
                                      : made.one_of),
                   children(value, name));
    return {};
}

}  // namespace pinflow::openapi
