// A value against a schema, in the order of the service: what is said of the value itself, and only if that is so what
// is said of its parts.
#include <algorithm>

#include "base/json_writer.h"
#include "openapi/schema.h"

namespace pinflow::openapi {
namespace {

constexpr size_t most_steps = 1'000'000, most_depth = 500, most_faults = 20, most_shown_bytes = 1000;
constexpr size_t bytes_a_step = 64;  // of text that is looked at

Schema::Type type_of(const Json& value) {
    if (value.list() != nullptr) return Schema::array;
    if (value.object() != nullptr) return Schema::object;
    if (value.text() != nullptr) return Schema::string;
    if (value.boolean() != nullptr) return Schema::boolean;
    if (value.number() == nullptr) return Schema::null;
    return value.number()->find_first_of(".eE") == std::string::npos ? Schema::integer : Schema::number;
}

std::string_view name(uint8_t type) {
    constexpr std::string_view names[] = {"array", "boolean", "integer", "null", "number", "object", "string"};
    size_t place = 0;
    for (; type > 1; type /= 2) ++place;
    return names[place];
}

std::string_view shown(std::string_view text) {
    if (text.size() <= most_shown_bytes) return text;
    size_t end = most_shown_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

std::string list_of(const auto& texts) {
    JsonWriter list;
    list.begin_array();
    for (const std::string_view text : texts) list.string(text);
    return std::move(list.end_array()).text();
}

size_t characters(std::string_view utf8) {
    return static_cast<size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// What is wrong. Where only that counts, no text is made.
class Faults {
  public:
    explicit Faults(bool told) : told_(told) {}
    size_t count() const { return count_; }
    template <class... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        if (++count_ <= most_faults && told_) texts_.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
    bool told() const { return told_; }
    std::string text() const { return fmt::format("[{}]", fmt::join(texts_, ", ")); }

  private:
    const bool told_;
    size_t count_ = 0;
    std::vector<std::string> texts_;
};

class Check {
  public:
    explicit Check(const Schemas& schemas) : schemas_(schemas) {}

    void visit(const Json& value, size_t number, Faults& faults, size_t depth);
    bool gave_up() const { return gave_up_; }

  private:
    bool matches(const Json& value, size_t number, size_t depth);
    void itself(const Json& value, const Schema& schema, Faults& faults, size_t depth);
    void number(const std::string& text, const Schema& schema, Faults& faults);
    void text(const std::string& text, const Schema& schema, Faults& faults);
    void list(const JsonList& list, const Schema& schema, Faults& faults);
    void object(const JsonObject& object, const Schema& schema, Faults& faults);
    void dependencies(const Json& value, const Schema& schema, Faults& faults, size_t depth);
    void combined(const Json& value, const Schema& schema, Faults& faults, size_t depth);
    void parts(const Json& value, const Schema& schema, Faults& faults, size_t depth);
    void member(const JsonObject::Member& member, const Schema& schema, Faults& faults, size_t depth);
    std::vector<size_t> matching(const std::string& name, const Schema& schema);
    void spend(size_t steps);

    const Schemas& schemas_;
    size_t steps_left_ = most_steps;
    bool gave_up_ = false;
};

void Check::spend(size_t steps) {
    gave_up_ = gave_up_ || steps > steps_left_;
    steps_left_ -= std::min(steps, steps_left_);
}

void Check::visit(const Json& value, size_t number, Faults& faults, size_t depth) {
    spend(1);
    gave_up_ = gave_up_ || depth > most_depth;
    if (gave_up_) return;
    const Schema& schema = schemas_[number];
    itself(value, schema, faults, depth);
    if (faults.count() == 0) parts(value, schema, faults, depth);
}

bool Check::matches(const Json& value, size_t number, size_t depth) {
    Faults faults(false);
    visit(value, number, faults, depth + 1);
    return faults.count() == 0;
}

void Check::itself(const Json& value, const Schema& schema, Faults& faults, size_t depth) {
    if (value.object() != nullptr) object(*value.object(), schema, faults);
    combined(value, schema, faults, depth);
    if (value.object() != nullptr) dependencies(value, schema, faults, depth);
    if (schema.choice) {
        spend(value.bytes() / bytes_a_step);
        if (!gave_up_ && !schema.choice->all.contains(same_text(value)))
            faults.add("instance value ({}) not found in enum (possible values: {})", shown(value.compact()),
                       shown(schema.choice->text));
    }
    if (value.number() != nullptr) number(*value.number(), schema, faults);
    if (value.text() != nullptr) text(*value.text(), schema, faults);
    if (value.list() != nullptr) list(*value.list(), schema, faults);
    const Schema::Type type = type_of(value);
    if ((schema.types & type) != 0) return;
    std::vector<std::string_view> allowed;
    for (uint8_t bit = 1; bit <= Schema::string; bit *= 2)
        if ((schema.types & bit) != 0) allowed.push_back(name(bit));
    faults.add("instance type ({}) does not match any allowed primitive type (allowed: {})", name(type),
               list_of(allowed));
}

void Check::number(const std::string& text, const Schema& schema, Faults& faults) {
    if (!schema.minimum && !schema.maximum && !schema.divisor) return;
    spend(text.size() / bytes_a_step);
    const Decimal value(text);
    if (schema.maximum && value > schema.maximum->value)
        faults.add("numeric instance is greater than the required maximum (maximum: {}, found: {})",
                   schema.maximum->text, shown(text));
    if (schema.maximum && schema.maximum->exclusive && value == schema.maximum->value)
        faults.add("numeric instance is not strictly lower than the required maximum {}", schema.maximum->text);
    if (schema.minimum && value < schema.minimum->value)
        faults.add("numeric instance is lower than the required minimum (minimum: {}, found: {})", schema.minimum->text,
                   shown(text));
    if (schema.minimum && schema.minimum->exclusive && value == schema.minimum->value)
        faults.add("numeric instance is not strictly greater than the required minimum {}", schema.minimum->text);
    if (schema.divisor && !value.is_multiple_of(schema.divisor->value))
        faults.add("remainder of division is not zero ({} / {})", shown(text), schema.divisor->text);
}

void Check::text(const std::string& text, const Schema& schema, Faults& faults) {
    spend(text.size() / bytes_a_step);
    if (gave_up_) return;
    if (schema.format != nullptr && !schema.format->has(text)) faults.add("{}", schema.format->fault(shown(text)));
    const auto& [least, most] = schema.length;
    const size_t length = least || most ? characters(text) : 0;
    if (most && length > *most)
        faults.add("string \"{}\" is too long (length: {}, maximum allowed: {})", shown(text), length, *most);
    if (least && length < *least)
        faults.add("string \"{}\" is too short (length: {}, required minimum: {})", shown(text), length, *least);
    if (schema.pattern && !RE2::PartialMatch(text, *schema.pattern->regex))
        faults.add("ECMA 262 regex \"{}\" does not match input string \"{}\"", schema.pattern->text, shown(text));
}

void Check::list(const JsonList& list, const Schema& schema, Faults& faults) {
    if (!schema.more_items && !schema.other_items && list.size() > schema.first_items.size())
        faults.add("schema only allows {} elements in array but instance has {} elements", schema.first_items.size(),
                   list.size());
    if (schema.items.most && list.size() > *schema.items.most)
        faults.add("array is too long: must have at most {} elements but instance has {} elements", *schema.items.most,
                   list.size());
    if (schema.items.least && list.size() < *schema.items.least)
        faults.add("array is too short: must have at least {} elements but instance has {} elements",
                   *schema.items.least, list.size());
    if (!schema.unique) return;
    std::set<std::string> seen;
    for (const Json& each : list) {
        spend(1 + each.bytes() / bytes_a_step);
        if (gave_up_) return;
        if (!seen.insert(same_text(each)).second) return faults.add("array must not contain duplicate elements");
    }
}

void Check::object(const JsonObject& object, const Schema& schema, Faults& faults) {
    if (!schema.more_properties && !schema.other_properties) {
        std::set<std::string_view> unwanted;
        for (const auto& [name, value] : object.members())
            if (!gave_up_ && !schema.named.contains(name) && matching(name, schema).empty()) unwanted.insert(name);
        if (!unwanted.empty())
            faults.add("object instance has properties which are not allowed by the schema: {}",
                       shown(list_of(unwanted)));
    }
    const size_t size = object.size();
    if (schema.properties.most && size > *schema.properties.most)
        faults.add("object has too many properties (found {} but schema requires at most {})", size,
                   *schema.properties.most);
    if (schema.properties.least && size < *schema.properties.least)
        faults.add("object has too few properties (found {} but schema requires at least {})", size,
                   *schema.properties.least);
    spend(schema.required.size());
    std::vector<std::string_view> missing;
    for (const std::string& name : schema.required)
        if (object.find(name) == nullptr) missing.push_back(name);
    if (!missing.empty()) faults.add("object has missing required properties ({})", shown(list_of(missing)));
}

void Check::dependencies(const Json& value, const Schema& schema, Faults& faults, size_t depth) {
    for (const Schema::Dependency& each : schema.dependencies) {
        spend(1 + each.properties.size());
        if (value.find(each.name) == nullptr) continue;
        if (each.schema) visit(value, *each.schema, faults, depth + 1);
        std::vector<std::string_view> missing;
        for (const std::string& name : each.properties)
            if (value.find(name) == nullptr) missing.push_back(name);
        if (!missing.empty())
            faults.add("property \"{}\" of object has missing property dependencies (schema requires {}; missing: {})",
                       shown(each.name), shown(list_of(each.properties)), shown(list_of(missing)));
    }
}

void Check::combined(const Json& value, const Schema& schema, Faults& faults, size_t depth) {
    const auto count = [&](const std::vector<size_t>& numbers) {
        return std::ranges::count_if(numbers, [&](size_t number) { return matches(value, number, depth); });
    };
    if (const auto matched = static_cast<size_t>(count(schema.all_of)); matched != schema.all_of.size())
        faults.add("instance failed to match all required schemas (matched only {} out of {})", matched,
                   schema.all_of.size());
    if (!schema.any_of.empty() &&
        std::ranges::none_of(schema.any_of, [&](size_t number) { return matches(value, number, depth); }))
        faults.add("instance failed to match at least one required schema among {}", schema.any_of.size());
    if (!schema.one_of.empty())
        if (const auto matched = count(schema.one_of); matched != 1)
            faults.add("instance failed to match exactly one schema (matched {} out of {})", matched,
                       schema.one_of.size());
    if (schema.not_it && matches(value, *schema.not_it, depth))
        faults.add("instance matched a schema which it should not have");
}

std::vector<size_t> Check::matching(const std::string& name, const Schema& schema) {
    std::vector<size_t> numbers;
    for (const auto& [pattern, number] : schema.matching) {
        spend(1 + name.size() / bytes_a_step);
        if (!gave_up_ && RE2::PartialMatch(name, *pattern.regex)) numbers.push_back(number);
    }
    return numbers;
}

void Check::parts(const Json& value, const Schema& schema, Faults& faults, size_t depth) {
    if (value.list() != nullptr && (schema.other_items || !schema.first_items.empty())) {
        const JsonList& list = *value.list();
        for (size_t i = 0; i < list.size() && !gave_up_; ++i) {
            const bool own = i < schema.first_items.size();
            if (own || schema.other_items)
                visit(list[i], own ? schema.first_items[i] : *schema.other_items, faults, depth + 1);
        }
    }
    if (value.object() == nullptr || (schema.named.empty() && schema.matching.empty() && !schema.other_properties))
        return;
    std::vector<const JsonObject::Member*> members;
    for (const auto& each : value.object()->members()) members.push_back(&each);
    if (faults.told()) std::ranges::sort(members, {}, &JsonObject::Member::first);
    for (const auto* const each : members) member(*each, schema, faults, depth + 1);
}

void Check::member(const JsonObject::Member& member, const Schema& schema, Faults& faults, size_t depth) {
    spend(1);
    if (gave_up_) return;
    const auto& [name, value] = member;
    const auto named = schema.named.find(name);
    if (named != schema.named.end()) visit(value, named->second, faults, depth);
    const std::vector<size_t> numbers = matching(name, schema);
    for (const size_t number : numbers) visit(value, number, faults, depth);
    if (named == schema.named.end() && numbers.empty() && schema.other_properties)
        visit(value, *schema.other_properties, faults, depth);
}

}  // namespace

std::optional<std::string> fault_of(const Json& value, const Schemas& schemas, size_t schema) {
    Check check(schemas);
    Faults faults(true);
    check.visit(value, schema, faults, 0);
    if (check.gave_up()) return "[the body takes too much to be validated]";
    return faults.count() == 0 ? std::nullopt : std::optional(faults.text());
}

}  // namespace pinflow::openapi
