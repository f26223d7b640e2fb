#include "kinesis/fields.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "base/text.h"

namespace pinflow::kinesis {
namespace {

using Kind = Item::Kind;

// Where in the request a value stands; its text is made only when something is wrong there.
struct Where {
    const Where* parent;
    std::string_view name;
    size_t element = 0;  // counted from 1; 0: none

    std::string text() const {
        const std::string front = parent != nullptr ? parent->text() + "." : "";
        if (element != 0) return fmt::format("{}{}.member", front, element);
        std::string own(name);
        if (!own.empty() && own[0] >= 'A' && own[0] <= 'Z') own[0] = static_cast<char>(own[0] - 'A' + 'a');
        return front + own;
    }
};

std::string_view java_class(Kind kind) {
    if (kind == Kind::boolean) return "class java.lang.Boolean";
    if (kind == Kind::text) return "class java.lang.String";
    if (kind == Kind::blob) return "class java.nio.HeapByteBuffer";
    return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
}

std::string_view wanted(Type type) {
    switch (type) {
        case Type::text:
            return "an String";  // sic: the service's grammar
        case Type::integer:
            return "an Integer";
        case Type::boolean:
            return "an Boolean";
        case Type::blob:
            return "a Blob";
        default:
            return "milliseconds since epoch";
    }
}

ActionError wrong_type(Kind kind, Type type) {
    if (type == Type::list && kind != Kind::object) return serialization_error("Expected list or null");
    if (type == Type::map && kind != Kind::list) return serialization_error("Expected map or null");
    if (type == Type::structure && kind != Kind::list) return serialization_error("Expected null");
    if (kind == Kind::list) return serialization_error("Start of list found where not expected");
    if (kind == Kind::object) return serialization_error("Start of structure or map found where not expected.");
    return serialization_error(fmt::format("{} can not be converted to {}", java_class(kind), wanted(type)));
}

bool fits(const Item& item, Type type) {
    const Kind kind = item.kind();
    const bool json = item.format() == Format::json;
    switch (type) {
        case Type::text:
            return kind == Kind::text;
        case Type::integer:
            return kind == Kind::integer || kind == Kind::real;
        case Type::boolean:
            return kind == Kind::boolean;
        case Type::blob:
            return kind == (json ? Kind::text : Kind::blob);
        case Type::timestamp:
            return kind == Kind::integer || kind == (json ? Kind::real : Kind::timestamp);
        case Type::list:
            return kind == Kind::list;
        case Type::structure:
        case Type::map:
            return kind == Kind::object;
    }
    return false;
}

int64_t whole(const Item& item) {
    if (item.kind() != Kind::real) return item.integer();
    constexpr double most = 9e18;
    return std::isnan(item.real()) ? 0 : static_cast<int64_t>(std::floor(std::clamp(item.real(), -most, most)));
}

class Checker {
  public:
    ActionResult<void> types(const Item& parent, std::span<const Field> fields) {
        for (const Field& field : fields)
            if (const auto item = parent.member(field.name)) PINFLOW_TRY(type(*item, field));
        return {};
    }

    void rules(const Item& parent, std::span<const Field> fields, const Where* at) {
        for (const Field& field : fields) {
            const Where where{at, field.name};
            if (const auto item = parent.member(field.name))
                rule(*item, field, where);
            else if (field.required)
                failures_.not_null(false, where.text());
        }
    }

    ActionResult<void> result() const { return failures_.result(); }

  private:
    ActionResult<void> type(const Item& item, const Field& field) {
        if (!fits(item, field.type)) return std::unexpected(wrong_type(item.kind(), field.type));
        if (field.type == Type::structure) return types(item, field.members);
        if (field.type != Type::list && field.type != Type::map) return {};
        for (auto child = item.first(); child; child = child->next_before(item))
            if (child->kind() != Kind::null) PINFLOW_TRY(type(*child, field.members.front()));
        return {};
    }

    void rule(const Item& item, const Field& field, const Where& where) {
        switch (field.type) {
            case Type::text:
                return text(item.text(), field, where);
            case Type::integer:
                return bounds(whole(item), [&] { return fmt::format("'{}'", whole(item)); }, "value", field, where);
            case Type::list:
            case Type::map:
                bounds(
                    static_cast<int64_t>(item.count()), [&] { return fmt::format("'[{} entries]'", item.count()); },
                    "length", field, where);
                return elements(item, field.members.front(), where);
            case Type::structure:
                return rules(item, field.members, &where);
            default:
                return;
        }
    }

    void elements(const Item& item, const Field& each, const Where& where) {
        size_t number = 0;
        for (auto child = item.first(); child; child = child->next_before(item)) {
            const Where place = item.kind() == Kind::list ? Where{&where, {}, ++number} : Where{&where, child->name()};
            if (child->kind() == Kind::null)
                failures_.not_null(false, place.text());
            else
                rule(*child, each, place);
        }
    }

    void text(std::string_view text, const Field& field, const Where& where) {
        const auto shown = [text] { return fmt::format("'{}'", shortened(text, 1024)); };
        bounds(static_cast<int64_t>(characters(text)), shown, "length", field, where);
        if (!matches(field.pattern, text))
            failures_.add(shown(), where.text(),
                          fmt::format("Member must satisfy regular expression pattern: {}", text_of(field.pattern)));
        if (!field.words.empty() && std::ranges::find(field.words, text) == field.words.end())
            failures_.add(shown(), where.text(),
                          fmt::format("Member must satisfy enum value set: [{}]", fmt::join(field.words, ", ")));
    }

    // `shown` makes the value's text, which is needed only when something is wrong.
    template <class Shown>
    void bounds(int64_t value, const Shown& shown, std::string_view of, const Field& field, const Where& where) {
        const auto add = [&](std::string_view comparison, int64_t bound) {
            failures_.add(shown(), where.text(),
                          fmt::format("Member must have {} {} than or equal to {}", of, comparison, bound));
        };
        if (value < field.least) add("greater", field.least);
        if (value > field.most) add("less", field.most);
    }

    Validation failures_;
};

}  // namespace

ActionResult<Request> Request::check(const Document& document, std::span<const Field> fields) {
    Checker checker;
    PINFLOW_TRY(checker.types(document.root(), fields));
    checker.rules(document.root(), fields, nullptr);
    PINFLOW_TRY(checker.result());
    return Request(document.root());
}

std::optional<std::string_view> Request::text(std::string_view name) const {
    const auto found = item(name);
    return found ? std::optional(found->text()) : std::nullopt;
}

std::optional<int64_t> Request::integer(std::string_view name) const {
    const auto found = item(name);
    return found ? std::optional(whole(*found)) : std::nullopt;
}

// Seconds in JSON, milliseconds in CBOR.
std::optional<int64_t> Request::time_ms(const Item& in, std::string_view name) {
    const auto found = in.member(name);
    if (!found) return std::nullopt;
    if (found->format() == Format::cbor) return found->integer();
    constexpr double most = 9e15;
    return std::isnan(found->real()) ? 0 : std::llround(std::clamp(found->real(), -most, most) * 1000);
}

ActionResult<std::string_view> blob_of(const Item& item) {
    if (item.format() == Format::cbor) return item.text();
    const auto decoded = base64_decode_over(item.text());  // the reader's own memory
    if (!decoded) return std::unexpected(not_base64(item.text()));
    return *decoded;
}

}  // namespace pinflow::kinesis
