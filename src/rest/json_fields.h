// Reads the objects of request bodies as the REST Proxy does (Jackson): unknown fields are refused, null is as if not
// there, a number in a string is a number, a number or a boolean is taken where text is expected.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.h"
#include "rest/answers.h"

namespace pinflow::rest {

using Checked = std::expected<void, Refusal>;

class JsonFields {
  public:
    // `body` must outlive the reading.
    explicit JsonFields(std::string_view body) : good_(reader_.start(body)) {}

    // The whole body is one object: `member(key)` reads each value.
    template <class Member>
    Checked body(Member member) {
        if (!good_) return not_json();
        PINFLOW_TRY(object(member));
        if (!reader_.finish()) return not_json();
        return {};
    }
    template <class Member>
    Checked object(Member member) {
        if (!reader_.enter_object()) return not_json();
        std::string_view key;
        JsonReader::Step step;
        while ((step = reader_.next_key(key)) == JsonReader::Step::item) PINFLOW_TRY(member(std::string(key)));
        if (step == JsonReader::Step::failed) return not_json();
        return {};
    }
    // `element(i)` reads each; null is an empty list. At most `most` of them (422).
    template <class Element>
    Checked list(const std::string& name, size_t most, Element element) {
        if (reader_.peek() == 'n') return skip();
        if (!reader_.enter_array()) return not_json();
        JsonReader::Step step;
        size_t count = 0;
        while ((step = reader_.next_element()) == JsonReader::Step::item) {
            if (count == most) return too_many(name, most);
            PINFLOW_TRY(element(count++));
        }
        if (step == JsonReader::Step::failed) return not_json();
        return {};
    }
    Checked text(const std::string& name, std::optional<std::string>& into);
    Checked integer(const std::string& name, int64_t least, int64_t most, std::optional<int64_t>& into);
    Checked skip();
    static std::unexpected<Refusal> unknown(const std::string& key);

  private:
    std::unexpected<Refusal> not_json() const;
    static std::unexpected<Refusal> too_many(const std::string& name, size_t most);

    JsonReader reader_;
    bool good_;
};

}  // namespace pinflow::rest
