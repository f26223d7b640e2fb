// JSON as a tree: values that are shared and never change, so that copying one costs a pointer. Members keep their
// order, numbers their text. For documents and templates; records are read by json_text.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace pinflow {

class Json;

class JsonObject;
using JsonList = std::vector<Json>;

class Json {
  public:
    struct Number {
        std::string text;
        bool operator==(const Number&) const = default;
    };

    Json() = default;  // null
    explicit Json(bool value) : value_(value) {}
    explicit Json(Number number) : value_(std::move(number)) {}
    explicit Json(std::string text) : value_(std::make_shared<const std::string>(std::move(text))) {}
    explicit Json(const char* text) : Json(std::string(text)) {}
    Json(JsonList list);
    Json(JsonObject object);
    static Json whole_number(int64_t number) { return Json(Number{std::to_string(number)}); }

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    // Null if it is of another kind.
    const bool* boolean() const { return std::get_if<bool>(&value_); }
    const std::string* number() const;
    const std::string* text() const;
    const JsonList* list() const;
    const JsonObject* object() const;

    // Of an object; null if it is none, or has no such member.
    const Json* find(std::string_view name) const;
    std::string text_or(std::string_view name, std::string_view otherwise = "") const;  // of a member

    size_t depth() const;  // 0 where nothing is inside
    // About as many as compact() would write, however often a shared value stands there; never less than its texts.
    size_t bytes() const;
    std::string compact() const;
    void append_compact(std::string& out) const;
    std::string indented() const;  // by two blanks a level, as the AWS command line writes

    friend bool operator==(const Json& a, const Json& b);

  private:
    struct List;
    struct Object;
    void append_indented(std::string& out, size_t level) const;

    std::variant<std::monostate, bool, Number, std::shared_ptr<const std::string>, std::shared_ptr<const List>,
                 std::shared_ptr<const Object>>
        value_;
};

// Members in the order in which their names came first.
class JsonObject {
  public:
    using Member = std::pair<std::string, Json>;

    const Json* find(std::string_view name) const;  // null if there is none
    void set(std::string name, Json value);
    void erase(std::string_view name);
    const std::vector<Member>& members() const { return members_; }
    size_t size() const { return members_.size(); }

  private:
    static constexpr size_t most_searched = 8;
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    size_t place_of(std::string_view name) const;  // size() if there is none

    std::vector<Member> members_;
    std::unordered_map<std::string, size_t, Hash, std::equal_to<>> places_;  // where there are many
};

struct JsonLimits {
    size_t depth = 100;
    size_t values = 200'000;
};

// Strict; of repeated keys the last value counts. `text` may be of any size.
Result<Json> parse_json_tree(std::string_view text, const JsonLimits& limits);

}  // namespace pinflow
