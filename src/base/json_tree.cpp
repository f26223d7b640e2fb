#include "base/json_tree.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/json_writer.h"

namespace pinflow {
namespace {

class TreeReader {
  public:
    explicit TreeReader(const JsonLimits& limits) : limits_(limits) {}

    Result<Json> read(std::string_view text) {
        if (!reader_.start(text)) return fail(reader_.error());
        PINFLOW_ASSIGN(Json tree, value(0));
        if (!reader_.finish()) return fail(reader_.error());
        return tree;
    }

  private:
    using Step = JsonReader::Step;

    Result<Json> value(size_t depth) {
        if (++values_ > limits_.values) return fail(Code::too_large, "there are more than {} values", limits_.values);
        if (depth > limits_.depth) return fail(Code::too_large, "it is nested deeper than {} levels", limits_.depth);
        switch (reader_.peek()) {
            case '{':
                return object(depth);
            case '[':
                return list(depth);
            default:
                return scalar();
        }
    }
    Result<Json> scalar() {
        std::string_view text;
        if (!reader_.value(text)) return fail(reader_.error());
        if (text.starts_with('"')) return Json(json_string_text(text));
        if (text == "true" || text == "false") return Json(text == "true");
        return text == "null" ? Json() : Json(Json::Number{std::string(text)});
    }
    Result<Json> object(size_t depth) {
        JsonObject members;
        if (!reader_.enter_object()) return fail(reader_.error());
        std::string_view key;
        Step step;
        while ((step = reader_.next_key(key)) == Step::item) {
            std::string name = key.contains('\\') ? json_string_text('"' + std::string(key) + '"') : std::string(key);
            PINFLOW_ASSIGN(Json member, value(depth + 1));
            members.set(std::move(name), std::move(member));
        }
        if (step == Step::failed) return fail(reader_.error());
        return Json(std::move(members));
    }
    Result<Json> list(size_t depth) {
        JsonList items;
        if (!reader_.enter_array()) return fail(reader_.error());
        Step step;
        while ((step = reader_.next_element()) == Step::item) {
            PINFLOW_ASSIGN(Json item, value(depth + 1));
            items.push_back(std::move(item));
        }
        if (step == Step::failed) return fail(reader_.error());
        return Json(std::move(items));
    }

    const JsonLimits limits_;
    JsonReader reader_;
    size_t values_ = 0;
};

// Of what is inside: how deep it is, and how many bytes. Shared values may stand there very often: no overflow.
struct Extent {
    size_t depth = 0, bytes = 2;
    void add(const Json& item, size_t name_bytes) {
        depth = std::max(depth, item.depth() + 1);
        bytes = std::min(bytes + item.bytes() + name_bytes + 1, SIZE_MAX / 4);
    }
};

}  // namespace

struct Json::List {
    JsonList items;
    Extent extent;
};

struct Json::Object {
    JsonObject members;
    Extent extent;
};

const Json* JsonObject::find(std::string_view name) const {
    const size_t place = place_of(name);
    return place == members_.size() ? nullptr : &members_[place].second;
}

void JsonObject::set(std::string name, Json value) {
    if (const size_t place = place_of(name); place < members_.size()) {
        members_[place].second = std::move(value);
        return;
    }
    if (places_.empty() && members_.size() == most_searched)
        for (size_t i = 0; i < members_.size(); ++i) places_.emplace(members_[i].first, i);
    if (!places_.empty()) places_.emplace(name, members_.size());
    members_.emplace_back(std::move(name), std::move(value));
}

void JsonObject::erase(std::string_view name) {
    std::erase_if(members_, [&](const Member& member) { return member.first == name; });
    places_.clear();
    if (members_.size() <= most_searched) return;
    for (size_t i = 0; i < members_.size(); ++i) places_.emplace(members_[i].first, i);
}

size_t JsonObject::place_of(std::string_view name) const {
    if (!places_.empty()) {
        const auto found = places_.find(name);
        return found == places_.end() ? members_.size() : found->second;
    }
    return static_cast<size_t>(std::ranges::find(members_, name, &Member::first) - members_.begin());
}

Json::Json(JsonList list) {
    Extent extent;
    for (const Json& item : list) extent.add(item, 0);
    value_ = std::make_shared<const List>(List{std::move(list), extent});
}

Json::Json(JsonObject object) {
    Extent extent;
    for (const auto& [name, value] : object.members()) extent.add(value, name.size() + 3);
    value_ = std::make_shared<const Object>(Object{std::move(object), extent});
}

const std::string* Json::number() const {
    const auto* number = std::get_if<Number>(&value_);
    return number == nullptr ? nullptr : &number->text;
}

const std::string* Json::text() const {
    const auto* text = std::get_if<std::shared_ptr<const std::string>>(&value_);
    return text == nullptr ? nullptr : text->get();
}

const JsonList* Json::list() const {
    const auto* list = std::get_if<std::shared_ptr<const List>>(&value_);
    return list == nullptr ? nullptr : &(*list)->items;
}

const JsonObject* Json::object() const {
    const auto* object = std::get_if<std::shared_ptr<const Object>>(&value_);
    return object == nullptr ? nullptr : &(*object)->members;
}

const Json* Json::find(std::string_view name) const {
    const JsonObject* const members = object();
    return members == nullptr ? nullptr : members->find(name);
}

std::string Json::text_or(std::string_view name, std::string_view otherwise) const {
    const Json* const member = find(name);
    const std::string* const found = member == nullptr ? nullptr : member->text();
    return found == nullptr ? std::string(otherwise) : *found;
}

size_t Json::depth() const {
    if (const auto* list = std::get_if<std::shared_ptr<const List>>(&value_)) return (*list)->extent.depth;
    if (const auto* object = std::get_if<std::shared_ptr<const Object>>(&value_)) return (*object)->extent.depth;
    return 0;
}

size_t Json::bytes() const {
    if (const auto* list = std::get_if<std::shared_ptr<const List>>(&value_)) return (*list)->extent.bytes;
    if (const auto* object = std::get_if<std::shared_ptr<const Object>>(&value_)) return (*object)->extent.bytes;
    if (const std::string* const string = text()) return string->size() + 2;
    const std::string* const digits = number();
    return digits == nullptr ? 4 : digits->size();
}

std::string Json::compact() const {
    std::string out;
    append_compact(out);
    return out;
}

void Json::append_compact(std::string& out) const {
    char separator = 0;
    const auto separate = [&] {
        if (separator != 0) out += separator;
        separator = ',';
    };
    if (const JsonObject* const members = object()) {
        out += '{';
        for (const auto& [name, value] : members->members()) {
            separate();
            append_json_string(out, name);
            out += ':';
            value.append_compact(out);
        }
        out += '}';
    } else if (const JsonList* const items = list()) {
        out += '[';
        for (const Json& item : *items) {
            separate();
            item.append_compact(out);
        }
        out += ']';
    } else if (const std::string* const string = text()) {
        append_json_string(out, *string);
    } else if (const std::string* const digits = number()) {
        out += *digits;
    } else {
        const bool* const flag = boolean();
        out += flag == nullptr ? "null" : *flag ? "true" : "false";
    }
}

std::string Json::indented() const {
    std::string out;
    append_indented(out, 0);
    return out;
}

void Json::append_indented(std::string& out, size_t level) const {
    const auto line = [&](size_t inside) {
        out += '\n';
        out.append(2 * (level + inside), ' ');
    };
    bool first = true;
    const auto next = [&] {
        if (!std::exchange(first, false)) out += ',';
        line(1);
    };
    if (const JsonObject* const members = object(); members != nullptr && members->size() > 0) {
        out += '{';
        for (const auto& [name, value] : members->members()) {
            next();
            append_json_string(out, name);
            out += ": ";
            value.append_indented(out, level + 1);
        }
        line(0);
        out += '}';
    } else if (const JsonList* const items = list(); items != nullptr && !items->empty()) {
        out += '[';
        for (const Json& item : *items) {
            next();
            item.append_indented(out, level + 1);
        }
        line(0);
        out += ']';
    } else {
        append_compact(out);
    }
}

bool operator==(const Json& a, const Json& b) {
    if (a.value_.index() != b.value_.index()) return false;
    if (const JsonObject* const members = a.object()) return members->members() == b.object()->members();
    if (const JsonList* const items = a.list()) return *items == *b.list();
    if (const std::string* const text = a.text()) return *text == *b.text();
    if (const std::string* const number = a.number()) return *number == *b.number();
    const bool* const flag = a.boolean();
    return flag == nullptr || *flag == *b.boolean();
}

Result<Json> parse_json_tree(std::string_view text, const JsonLimits& limits) {
    return TreeReader(limits).read(text);
}

}  // namespace pinflow
