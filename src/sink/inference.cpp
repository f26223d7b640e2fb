#include "sink/inference.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"
#include "engine/json_number.h"
#include "engine/timestamp.h"

namespace pinflow::sink {
namespace {

constexpr size_t most_examples = 2, longest_example = 60;

// A string is unwrapped once where it holds JSON, and where it is base64 of JSON.
Json unwrapped(Json value) {
    if (value.text() == nullptr) return value;
    if (auto inside = parse_json_tree(*value.text(), {}); inside && inside->text() == nullptr) return *inside;
    const auto bytes = base64_decode(*value.text());
    if (!bytes) return value;
    auto inside = parse_json_tree(*bytes, {});
    return inside ? *inside : value;
}

}  // namespace

// ---- one field

void FieldFacts::add(const Json& value) {
    ++rows;
    if (value.is_null()) {
        ++nulls;
        return;
    }
    seen_.insert(std::hash<std::string>()(value.compact()));
    if (value.boolean() != nullptr) return count(Shape::boolean, false, value);
    if (value.list() != nullptr || value.object() != nullptr) return count(Shape::nested, false, value);
    if (const std::string* const number = value.number()) {
        add_number(*number);
        return count(engine::to_integer(*number) ? Shape::whole : Shape::fraction, false, value);
    }
    const std::string& text = *value.text();
    if (text == "true" || text == "false") return count(Shape::boolean, true, value);
    if (engine::is_json_number(text)) {
        add_number(text);
        return count(engine::to_integer(text) ? Shape::whole : Shape::fraction, true, value);
    }
    if (!text.empty() && engine::parse_timestamp(text)) return count(Shape::time, true, value);
    count(Shape::text, true, value);
    add_text(text);
}

void FieldFacts::count(Shape shape, bool quoted, const Json& value) {
    Shapes& counted = shapes[static_cast<size_t>(shape)];
    ++(quoted ? counted.quoted : counted.bare);
    if (counted.examples.size() >= most_examples) return;
    std::string example = value.compact();
    if (example.size() > longest_example) return;
    if (!is_in(counted.examples, example)) counted.examples.push_back(std::move(example));
}

void FieldFacts::add_number(std::string_view number) {
    const auto value = engine::to_double(number);
    if (!value) return;
    least = std::min(least.value_or(*value), *value);
    most = std::max(most.value_or(*value), *value);
}

void FieldFacts::add_text(const std::string& text) {
    const auto known = texts.find(text);
    if (known != texts.end()) {
        ++known->second;
    } else if (texts.size() < most_texts && text.size() <= longest_text) {
        texts.emplace(text, 1);
    } else {
        knows_all_texts = false;
    }
}

size_t FieldFacts::values() const {
    return rows - nulls;
}

size_t FieldFacts::distinct() const {
    return seen_.size();
}

// ---- all of them

void Inference::add(std::string_view value) {
    ++records;
    const auto parsed = parse_json_tree(value, {});
    const Json whole = parsed ? unwrapped(*parsed) : Json();
    JsonList made;
    if (whole.object() != nullptr) made.push_back(whole);
    if (whole.list() != nullptr)
        for (const Json& each : *whole.list()) made.push_back(unwrapped(each));
    const bool is_row_or_list = whole.object() != nullptr || whole.list() != nullptr;
    if (is_row_or_list && std::ranges::all_of(made, [](const Json& row) { return row.object() != nullptr; })) {
        for (const Json& row : made) add_row(row);
        return;
    }
    ++unreadable;
    if (unreadable_example.empty()) unreadable_example = value.substr(0, value.find('\n')).substr(0, longest_example);
}

void Inference::add_row(const Json& row) {
    ++rows;
    for (const auto& [name, value] : row.object()->members()) {
        FieldFacts* const facts = field(name);
        facts == nullptr ? static_cast<void>(++passed_over) : facts->add(value);
    }
}

FieldFacts* Inference::field(const std::string& name) {
    const auto known = places_.find(name);
    if (known != places_.end()) return &fields[known->second];
    if (fields.size() >= most_fields) return nullptr;
    places_.emplace(name, fields.size());
    return &fields.emplace_back(name);
}

}  // namespace pinflow::sink
