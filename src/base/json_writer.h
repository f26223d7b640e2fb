// Writes one JSON value into a string, compactly, in the order of the calls. Text must be UTF-8.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace pinflow {

// `text` with its quotes and escapes; non-ASCII characters stay as they are.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

class JsonWriter {
  public:
    void reserve(size_t bytes) { out_.reserve(bytes); }
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view text);
    JsonWriter& base64(Bytes bytes);
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    JsonWriter& number(std::integral auto value) { return raw(std::to_string(value)); }
    JsonWriter& number(double value);        // shortest text that reads back the same; null if not finite
    JsonWriter& raw(std::string_view json);  // a value that is JSON text already

    const std::string& text() const& { return out_; }
    std::string text() && { return std::move(out_); }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string out_;
    bool first_ = true;
};

}  // namespace pinflow
