#include "sink/inferred_field.h"

#include <algorithm>

#include "base/text.h"

namespace pinflow::sink {
namespace {

using engine::FieldType;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

bool sounds_like_nothing(std::string_view text) {
    const std::string word = to_lower(trim(text));
    return is_one_of(word,
                     {"null", "none", "nil", "n/a", "na", "nan", "undefined", "unknown", "missing", "-", "--", "?"}) ||
           (word.starts_with("no ") && word.ends_with(" available")) || word.ends_with(" error") ||
           word.find("not available") != word.npos;
}

// The same text again and again where nearly everything else is a number, a time or a boolean.
bool is_a_habit(const FieldFacts& facts, size_t times) {
    const size_t typed = facts.values() - facts.of(Shape::text).count() - facts.of(Shape::nested).count();
    return times >= 5 && times * 100 >= facts.values() && typed > facts.values() / 4;
}

size_t fitting(const FieldFacts& facts, FieldType type) {
    const size_t whole = facts.of(Shape::whole).count();
    switch (type) {
        case FieldType::boolean:
            return facts.of(Shape::boolean).count();
        case FieldType::bigint:
        case FieldType::integer:
            return whole;
        case FieldType::double_:
            return whole + facts.of(Shape::fraction).count();
        case FieldType::timestamp:
            return facts.of(Shape::time).count();
        case FieldType::text:
        case FieldType::json:
            break;
    }
    return facts.values() - (type == FieldType::text ? facts.of(Shape::nested).count() : 0);
}

bool takes(FieldType type, Shape shape) {
    switch (shape) {
        case Shape::boolean:
            return type == FieldType::boolean || type == FieldType::text;
        case Shape::whole:
            return type == FieldType::bigint || type == FieldType::double_ || type == FieldType::text;
        case Shape::fraction:
            return type == FieldType::double_ || type == FieldType::text;
        case Shape::time:
            return type == FieldType::timestamp || type == FieldType::text;
        case Shape::text:
            return type == FieldType::text;
        case Shape::nested:
            break;
    }
    return false;
}

FieldType type_of(const FieldFacts& facts, size_t known) {
    for (const FieldType type : {FieldType::boolean, FieldType::bigint, FieldType::double_, FieldType::timestamp}) {
        const size_t fit = fitting(facts, type);
        if (fit > 0 && fit * 100 >= known * 99) return type;
    }
    return facts.of(Shape::nested).count() * 100 > known ? FieldType::json : FieldType::text;
}

std::string first_misfit(const InferredField& field) {
    for (size_t shape = 0; shape < shape_count; ++shape) {
        if (takes(field.type, static_cast<Shape>(shape))) continue;
        for (const std::string& example : field.facts->shapes[shape].examples)
            if (!is_in(field.nothing, example.substr(1, example.size() - 2))) return example;
    }
    return "";
}

}  // namespace

InferredField infer_field(const FieldFacts& facts) {
    InferredField field{.facts = &facts, .type = FieldType::text};
    size_t nothing = 0;
    for (const auto& [text, times] : facts.texts) {
        const bool blank = trim(text).empty();
        if (!blank && !sounds_like_nothing(text) && !is_a_habit(facts, times)) continue;
        nothing += times;
        const std::string meant = blank ? "" : text;
        if (!is_in(field.nothing, meant)) field.nothing.push_back(meant);
    }
    field.known = facts.values() - nothing;
    field.type = type_of(facts, field.known);
    const bool is_typed = field.type != FieldType::text && field.type != FieldType::json;
    const bool is_plain_time = field.type == FieldType::timestamp && field.nothing == std::vector<std::string>{""};
    field.casts = is_typed && !field.nothing.empty() && !is_plain_time;
    if (field.type == FieldType::json) {
        field.nothing.clear();
        field.known = facts.values();
    }
    const size_t fit = fitting(facts, field.type) - (field.type == FieldType::text ? nothing : 0);
    field.misfits = field.known - std::min(fit, field.known);
    if (field.misfits > 0) field.misfit = first_misfit(field);
    return field;
}

}  // namespace pinflow::sink
