// YAML as a tree. libyaml reads the text; what it means follows YAML 1.2's core schema, in which "yes" is a text.
#include <yaml.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/bytes.h"
#include "openapi/document.h"
#include "openapi/yaml_plain.h"

namespace pinflow::openapi {
namespace {

// One event of libyaml's, given back when it goes.
class Event {
  public:
    Event() = default;
    ~Event() {
        if (filled_) yaml_event_delete(&event_);
    }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    bool next(yaml_parser_t& parser) {
        filled_ = yaml_parser_parse(&parser, &event_) != 0;
        return filled_;
    }
    yaml_event_type_t type() const { return event_.type; }
    const yaml_event_t& raw() const { return event_; }
    size_t line() const { return event_.start_mark.line + 1; }

  private:
    yaml_event_t event_{};
    bool filled_ = false;
};

std::string text_of(const yaml_char_t* text, size_t size) {
    return std::string(as_text(std::as_bytes(std::span(text, size))));
}

std::string text_of(const yaml_char_t* zero_ended) {
    size_t size = 0;
    while (zero_ended[size] != 0) ++size;
    return text_of(zero_ended, size);
}

class Reader {
  public:
    Reader(std::string_view text, const JsonLimits& limits) : limits_(limits), input_(text) {
        ready_ = yaml_parser_initialize(&parser_) != 0;
        if (!ready_) return;
        yaml_parser_set_input(&parser_, &Reader::feed, this);
    }
    ~Reader() {
        if (ready_) yaml_parser_delete(&parser_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    Result<Json> read() {
        if (!ready_) return fail(Code::internal, "there is no memory for YAML");
        PINFLOW_TRY(expect(YAML_STREAM_START_EVENT));
        PINFLOW_TRY(expect(YAML_DOCUMENT_START_EVENT));
        PINFLOW_ASSIGN(Json tree, next_value(0));
        PINFLOW_TRY(expect(YAML_DOCUMENT_END_EVENT));
        PINFLOW_TRY(expect(YAML_STREAM_END_EVENT));
        return tree;
    }

  private:
    struct Anchored {
        Json value;
        size_t values;
    };

    static int feed(void* self, unsigned char* buffer, size_t size, size_t* read) {
        auto& reader = *static_cast<Reader*>(self);
        const size_t count = std::min(size, reader.input_.size() - reader.fed_);
        std::memcpy(buffer, reader.input_.data() + reader.fed_, count);
        reader.fed_ += count;
        *read = count;
        return 1;
    }
    std::unexpected<Error> wrong(size_t line, std::string_view what) const {
        return fail(Code::invalid, "line {}: {}", line, what);
    }
    Result<> next(Event& event) {
        if (event.next(parser_)) return {};
        return wrong(parser_.problem_mark.line + 1, parser_.problem == nullptr ? "cannot be read" : parser_.problem);
    }
    Result<> expect(yaml_event_type_t type) {
        Event event;
        PINFLOW_TRY(next(event));
        if (event.type() != type) return wrong(event.line(), "there is one document, and nothing behind it");
        return {};
    }
    Result<> count(size_t values, size_t line) {
        values_ += values;
        if (values_ > limits_.values) return wrong(line, fmt::format("there are more than {} values", limits_.values));
        return {};
    }
    Result<Json> next_value(size_t depth) {
        Event event;
        PINFLOW_TRY(next(event));
        return value(event, depth);
    }
    Result<Json> value(const Event& event, size_t depth) {
        if (depth > limits_.depth)
            return wrong(event.line(), fmt::format("it is nested deeper than {} levels", limits_.depth));
        PINFLOW_TRY(count(1, event.line()));
        const size_t before = values_;
        switch (event.type()) {
            case YAML_SCALAR_EVENT: {
                const auto& scalar = event.raw().data.scalar;
                std::string text = text_of(scalar.value, scalar.length);
                const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.plain_implicit != 0;
                return keep(scalar.anchor, plain ? yaml_plain_value(std::move(text)) : Json(std::move(text)), before);
            }
            case YAML_ALIAS_EVENT:
                return alias(event);
            case YAML_SEQUENCE_START_EVENT: {
                PINFLOW_ASSIGN(Json made, list(depth));
                return keep(event.raw().data.sequence_start.anchor, std::move(made), before);
            }
            case YAML_MAPPING_START_EVENT: {
                PINFLOW_ASSIGN(Json made, object(depth));
                return keep(event.raw().data.mapping_start.anchor, std::move(made), before);
            }
            default:
                return wrong(event.line(), "a value is missing");
        }
    }
    Result<Json> alias(const Event& event) {
        const auto found = anchors_.find(text_of(event.raw().data.alias.anchor));
        if (found == anchors_.end()) return wrong(event.line(), "an alias of something that was not there before");
        PINFLOW_TRY(count(found->second.values, event.line()));
        return found->second.value;
    }
    Json keep(const yaml_char_t* anchor, Json made, size_t before) {
        if (anchor != nullptr) anchors_[text_of(anchor)] = {made, values_ - before};
        return made;
    }
    Result<Json> list(size_t depth) {
        JsonList items;
        while (true) {
            Event event;
            PINFLOW_TRY(next(event));
            if (event.type() == YAML_SEQUENCE_END_EVENT) return Json(std::move(items));
            PINFLOW_ASSIGN(Json item, value(event, depth + 1));
            items.push_back(std::move(item));
        }
    }
    Result<Json> object(size_t depth) {
        JsonObject members;
        while (true) {
            Event event;
            PINFLOW_TRY(next(event));
            if (event.type() == YAML_MAPPING_END_EVENT) return Json(std::move(members));
            if (event.type() != YAML_SCALAR_EVENT) return wrong(event.line(), "the name of a member is no text");
            const auto& scalar = event.raw().data.scalar;
            std::string name = text_of(scalar.value, scalar.length);
            if (name == "<<" && scalar.style == YAML_PLAIN_SCALAR_STYLE)
                return wrong(event.line(), "merging (<<) is not there; write the members out");
            if (members.find(name) != nullptr) return wrong(event.line(), fmt::format("{} stands there twice", name));
            PINFLOW_ASSIGN(Json member, next_value(depth + 1));
            members.set(std::move(name), std::move(member));
        }
    }

    const JsonLimits limits_;
    yaml_parser_t parser_{};
    bool ready_ = false;
    const std::string_view input_;
    size_t fed_ = 0;
    size_t values_ = 0;
    std::map<std::string, Anchored> anchors_;
};

}  // namespace

Result<Json> read_yaml(std::string_view text, const JsonLimits& limits) {
    return Reader(text, limits).read();
}

}  // namespace pinflow::openapi
