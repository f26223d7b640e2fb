// Strict one-pass reading of JSON text (RFC 8259) that writes every value out compactly as it goes: blanks removed,
// escapes decoded to UTF-8 (a quote, a backslash and control characters stay escaped, in their shortest form), key
// order and the text of numbers kept. Of members with the same key the last value wins, at the first one's place, as
// in Jackson's LinkedHashMap. Refused: text that is not UTF-8, lone surrogates, nesting deeper than max_depth.
//
// Not thread-safe; meant to be kept and reused: once warm it does not allocate.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_members.h"

namespace pinflow {

// Where the reading and the writing are. `in` is null once something was wrong.
struct JsonPlace {
    const char* in;
    char* out;
};

class JsonReader {
  public:
    static constexpr size_t max_depth = 512;

    // How strings are searched: as fast as this CPU can, or the way that runs on every CPU. The result is the same.
    enum class Scan { best, portable };
    explicit JsonReader(Scan scan = Scan::best);

    // Starts at the front of `text`, which must outlive the reading. False if it is not UTF-8. Everything handed out
    // before becomes invalid.
    bool start(std::string_view text);

    // The first character of the next value ('{', '[', '"', a digit …), or 0 at the end of the text.
    char peek();

    // The next value, whole and compact; a string has its quotes. Valid, and writable in place, until start(). False if
    // it is not JSON: then error() tells why, and the reader only answers false until start().
    bool value(std::string_view& into);
    // The next value is read and checked, but not kept.
    bool skip();

    // For callers that look inside. After enter_object(): next_key() moves to the value of the next member, which the
    // caller reads, skips or enters; it answers `end` behind the closing bracket. Repeated keys are the caller's
    // matter.
    enum class Step { item, end, failed };
    bool enter_object() { return enter('{'); }
    bool enter_array() { return enter('['); }
    Step next_key(std::string_view& key);  // without its quotes, still escaped where a value would be
    Step next_element();

    // Nothing but blanks follows.
    bool finish();

    // What went wrong and at which byte of the text, counted from 0.
    Error error() const;
    size_t memory_bytes() const { return capacity_; }

  private:
    bool enter(char bracket);
    char at(const char* p) const { return p < end_ ? *p : '\0'; }
    const char* skip_blanks(const char* p) const;
    JsonPlace fail(const char* where, const char* what);
    JsonPlace read_value(JsonPlace place, size_t depth);
    JsonPlace read_object(JsonPlace place, size_t depth);
    JsonPlace read_member(JsonPlace place, size_t depth, JsonMembers::Object& object);
    JsonPlace read_array(JsonPlace place, size_t depth);
    JsonPlace read_string(JsonPlace place);
    JsonPlace read_number(JsonPlace place);
    JsonPlace read_literal(JsonPlace place, std::string_view literal);

    const bool wide_;
    std::string_view text_;
    const char* end_ = nullptr;
    JsonPlace place_{};
    bool first_ = false;    // in the container entered last nothing was read yet
    bool escaped_ = false;  // a string since this was cleared had an escape
    std::unique_ptr<char[]> output_;
    size_t capacity_ = 0;
    JsonMembers members_;
    const char* wrong_ = nullptr;  // where
    const char* reason_ = nullptr;
};

// One whole JSON text, compactly. For where speed does not matter.
Result<std::string> compact_json(std::string_view text);

// The text of a JSON string in compact form ("\"a\\nb\"" -> "a" newline "b").
std::string json_string_text(std::string_view compact_string);

}  // namespace pinflow
